using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Demo;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class BaselinesTests
{
    private static readonly DemoOptions Options = new()
    {
        Agents = 4,
        Rounds = 2,
        Strategy = "FloraNA",
        Alpha = 0.3,
        Rank = 8,
        Codec = "int8",
        Seed = 7,
        Broker = new BrokerOptions(),
        Out = "unused",
        Model = ModelOption.EmbeddedFolder,
    };

    [Fact]
    public async Task A_demo_that_ends_before_its_baselines_are_trained_stops_them()
    {
        Baselines baselines = Baselines.Begin(
            BaseModel.Load(Options.Model), DemoData.Make(Options), Options, TestContext.Current.CancellationToken);

        await baselines.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(baselines.ResultAsync);
    }
}
