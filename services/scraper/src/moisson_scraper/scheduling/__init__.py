"""When spiders run by themselves: pure moments and intervals, the state of each schedule, and the leader that fires."""
