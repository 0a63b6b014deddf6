"""`python -m benchmarks [flows|hmc|hmc_gauge|compile] [--quick]`: ratios to programs written by hand, on this machine."""

import argparse


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("which", nargs="*", choices=["flows", "hmc", "hmc_gauge", "compile", []], help="all by default")
    parser.add_argument("--quick", action="store_true", help="fewer sizes and rounds")
    options = parser.parse_args()
    for name in options.which or ["flows", "hmc", "hmc_gauge", "compile"]:
        print(f"== {name}")
        module = __import__(f"benchmarks.{name}", fromlist=["main"])
        module.main(options.quick)


if __name__ == "__main__":
    main()
