"""What keeps the responses of a server process even."""

import subprocess
import sys


def run_in_new_process(statements: str) -> str:
    program = f"import gc, os, sys\nfrom imd_cli import process_tuning\n{statements}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_what_is_loaded_at_the_start_is_not_searched_for_garbage():
    statements = "process_tuning.reduce_pauses()\nprint(len(gc.get_objects(generation=2)))"
    assert int(run_in_new_process(statements)) == 0


def test_background_work_has_a_lower_priority_than_requests():
    statements = (
        "before = os.nice(0)\nprocess_tuning.yield_to_requests()\nprint(os.nice(0) > before)"
    )
    assert run_in_new_process(statements) == "True"
