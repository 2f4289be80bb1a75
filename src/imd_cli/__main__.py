import sys

from imd_cli.main import main

sys.exit(main())
