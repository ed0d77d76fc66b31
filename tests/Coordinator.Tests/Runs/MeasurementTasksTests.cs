using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Runs;

public sealed class MeasurementTasksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RoundRules rules;
    private readonly MeasurementTasks tasks = new();

    public MeasurementTasksTests() => rules = RunFacts.RulesOf(Settings.For(folder), new RunTerms { RunId = Guid.Empty, HeartbeatMs = 1000 });

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_next_lease_is_known_without_looking_and_what_is_over_is_found_once_its_time_has_come()
    {
        tasks.Set(1, Taken("judge", heard: 1000), rules);
        tasks.Set(1, Taken("jury", heard: 500), rules);
        long first = 500 + rules.LeaseGraceMs;

        Assert.Equal(first, tasks.NextCheck);
        Assert.Empty(tasks.Overdue(first - 1, rules));
        Assert.Equal("jury", Assert.Single(tasks.Overdue(first, rules)).Agent);
    }

    [Fact]
    public void One_that_was_heard_meanwhile_is_put_off_and_the_last_leaves_nothing_to_check()
    {
        tasks.Set(1, Taken("judge", heard: 0), rules);
        tasks.Set(1, Taken("judge", heard: 700), rules);

        Assert.Empty(tasks.Overdue(rules.LeaseGraceMs, rules));
        Assert.Equal(700 + rules.LeaseGraceMs, tasks.NextCheck);

        tasks.Set(1, Taken("judge", heard: 700) with { State = TaskState.Done }, rules);
        Assert.Null(tasks.NextCheck);
        Assert.Null(tasks.Of("judge"));
        Assert.Equal(TaskState.Done, tasks.Find(1, "judge")!.State);
    }

    private static AgentTask Taken(string agent, long heard) => new(agent, 1, 1, TaskState.Accepted, 0, heard);
}
