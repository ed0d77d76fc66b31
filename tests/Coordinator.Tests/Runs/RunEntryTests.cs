using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Tests.Runs;

/// <summary>Which agents a run wants.</summary>
public sealed class RunEntryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("FloraNA", true, null)]
    [InlineData("FloraStack", false, null)]
    [InlineData("FloraStack", true, "may train its owner's models only as they are (allow.localModelsOnly), and FloraStack changes their weights")]
    public void An_agent_of_an_owner_who_wants_the_models_as_they_are_gets_no_run_that_changes_them(string strategy, bool localOnly, string? because)
    {
        CoordinatorOptions options = Settings.For(folder);
        var run = new RunEntry
        {
            Id = Guid.NewGuid(),
            SubmittedAt = DateTimeOffset.UnixEpoch,
            Options = options with { Aggregation = options.Aggregation with { Strategy = strategy } },
        };

        Assert.Equal(because, run.WhyUnwanted(Agent(localOnly)));
        Assert.Equal(because is null, run.Wants(Agent(localOnly)));
    }

    private static FleetAgent Agent(bool localModelsOnly) => new()
    {
        Hello = new AgentHello
        {
            Header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(AgentHello), "a"),
            ReplyQueue = Queues.Agent("a"),
            ContractMin = ContractVersion.Oldest,
            ContractMax = ContractVersion.Current,
            Build = "test",
            Platform = "test",
            Engines = [],
            Limits = new DeviceLimits { LocalModelsOnly = localModelsOnly },
            Data = new DataSummary { Examples = 10, HeldOut = 5, Sha256 = new string('0', 64) },
            Bases = [new BaseModelRef { ModelId = "made", Sha256 = new string('0', 64) }],
        },
    };
}
