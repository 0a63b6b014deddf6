"""Runs in a directory: training, sampling and analysis that survive being killed."""

from lqdsl.runtime.campaign.campaign import Campaign
from lqdsl.runtime.campaign.describe import describe
from lqdsl.runtime.campaign.directory import RunDirectory, create
from lqdsl.runtime.campaign.events import Event, Notice, Progress, SamplingProgress, TrainingProgress
from lqdsl.runtime.campaign.fitting import fitting_samples, fitting_weights, model_of
from lqdsl.runtime.campaign.interrupt import Interrupted
from lqdsl.runtime.campaign.module import load_module
from lqdsl.runtime.campaign.stored import flow_samples, stored_configurations, stored_series

__all__ = [
    "Campaign",
    "Event",
    "Interrupted",
    "Notice",
    "Progress",
    "RunDirectory",
    "SamplingProgress",
    "TrainingProgress",
    "create",
    "describe",
    "fitting_samples",
    "fitting_weights",
    "flow_samples",
    "load_module",
    "model_of",
    "stored_configurations",
    "stored_series",
]
