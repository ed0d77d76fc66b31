using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Monitoring;

namespace EdgeFlora.Coordinator.Tests.Monitoring;

public sealed class AlertRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_service_in_good_order_alerts_of_nothing() => Assert.Empty(AlertRules.Of(Facts()));

    [Fact]
    public void The_most_urgent_comes_first_and_each_says_what_to_do()
    {
        AlertFacts facts = Facts() with
        {
            Resources = Resources() with { DiskFreeBytes = 100_000_000, ForgedMessages = 2, Queues = [new QueueDepth("ef.fleet", 3, 0), new QueueDepth("ef.presence", 5000, 1)] },
            Agents = [Agent("a") with { Presence = AgentPresence.Silent, LastHeardAt = Now.AddMinutes(-3) }, Agent("b") with { Version = "0.2.0" }, Agent("c"), Agent("d") with { Standing = AgentStanding.Quarantined, Reason = "lies" }],
        };

        IReadOnlyList<ServiceAlert> alerts = AlertRules.Of(facts);

        Assert.Equal(
            [
                "2 messages named an agent and came from another user of the broker; they were dropped.",
                "The disk of the state folder has 0.1 GB left of 100.0 GB.",
                "Nobody reads the queue ef.fleet.",
                "5000 messages wait in ef.presence.",
                "1 agent is silent: a.",
                "Agent d is quarantined: lies",
                "Agents of 2 versions work side by side: 0.1.0, 0.2.0.",
            ],
            alerts.Select(alert => alert.Sentence));
        Assert.All(alerts, alert => Assert.NotEmpty(alert.Fix));
        Assert.Equal(("a", Now.AddMinutes(-3)), (alerts[4].AgentId, alerts[4].Since));
    }

    [Fact]
    public void Runs_that_failed_of_late_and_those_that_wait_for_long_are_told()
    {
        AlertFacts facts = Facts() with
        {
            Runs =
            [
                Run("new") with { State = RunState.Failed, Reason = "the disk is full", EndedAt = Now.AddHours(-1) },
                Run("old") with { State = RunState.Failed, Reason = "the disk is full", EndedAt = Now.AddDays(-2) },
                Run("half") with { State = RunState.Incomplete, Reason = "1 of 2 rounds was skipped", EndedAt = Now.AddHours(-1) },
                Run("long") with { State = RunState.Queued, Waiting = Wait(Now.AddMinutes(-11)) },
                Run("short") with { State = RunState.Queued, Waiting = Wait(Now.AddMinutes(-9)) },
            ],
        };

        Assert.Equal(
            ["Run 'new' failed: the disk is full", "Run 'half' ended with rounds missing: 1 of 2 rounds was skipped", "Run 'long' waits for 2 more of 3 agents"],
            AlertRules.Of(facts).Select(alert => alert.Sentence));
    }

    [Fact]
    public void A_broker_that_does_not_answer_is_critical()
    {
        ServiceAlert alert = Assert.Single(
            AlertRules.Of(Facts() with { Resources = Resources() with { QueuesProblem = "it did not answer within 5 s" } }));

        Assert.Equal(
            (AlertSeverity.Critical, "The broker could not be asked for its queues: it did not answer within 5 s"), (alert.Severity, alert.Sentence));
    }

    private static WaitReason Wait(DateTimeOffset since) =>
        new() { Kind = WaitKind.Agents, Sentence = "waits for 2 more of 3 agents", Since = since };

    [Fact]
    public void Agents_of_another_version_than_the_wanted_one_are_named()
    {
        AlertFacts facts = Facts() with
        {
            Agents = [Agent("a") with { Version = "0.2.0+1a2b" }, Agent("b") with { Version = "0.2.0" }, Agent("c") with { Version = "0.2.01" }],
        };

        Assert.Equal("1 agent is not of version 0.2.0: c.", Assert.Single(AlertRules.Of(facts with { WantedVersion = "0.2.0" })).Sentence);
        Assert.Equal("3 agents are not of version 0.3.0: a, b, c.", Assert.Single(AlertRules.Of(facts with { WantedVersion = "0.3.0" })).Sentence);
    }

    private static AlertFacts Facts() => new()
    {
        Moment = Now,
        Status = new ServiceStatus { Ready = true, Runs = new Dictionary<RunState, int>(), AgentsOnline = 1, Agents = 1, AgentsBusy = 0, Term = 1, StartedAt = Now },
        Resources = Resources(),
        Runs = [Run("done") with { State = RunState.Completed }],
        Agents = [Agent("c")],
    };

    private static ServiceResources Resources() => new()
    {
        At = Now,
        DiskFreeBytes = 50_000_000_000,
        DiskTotalBytes = 100_000_000_000,
        DatabaseBytes = 1,
        BodyBytes = 1,
        MemoryBytes = 1,
        ForgedMessages = 0,
        Queues = [new QueueDepth("ef.fleet", 0, 1)],
    };

    private static RunSummary Run(string name) => new()
    {
        Id = Guid.NewGuid(),
        Name = name,
        State = RunState.Queued,
        Task = "classification",
        Model = "m",
        Strategy = "FloraNA",
        RoundsCommitted = 0,
        RoundsSkipped = 0,
        Rounds = 2,
        Priority = 0,
        SubmittedAt = Now,
    };

    private static AgentSummary Agent(string name) => new()
    {
        Name = name,
        InstallationId = Guid.NewGuid(),
        Role = AgentRole.Trainer,
        Presence = AgentPresence.Online,
        Standing = AgentStanding.Active,
        Labels = new Dictionary<string, string>(),
        Platform = "linux-x64",
        Version = "0.1.0",
        LastHeardAt = Now,
    };
}
