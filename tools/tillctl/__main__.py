import sys

try:
    from tools.tillctl.app import main

    main()
except KeyboardInterrupt:  # before a command had begun
    sys.exit(130)
