"""The whole product on one machine: a recorded call, played in as a softphone would, coached live."""
