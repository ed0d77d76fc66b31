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
    public async Task Wherever_the_end_of_the_run_meets_them_they_come_out_the_same()
    {
        BaseModel model = BaseModel.Load(Options.Model);
        DemoOptions one = Options with { Agents = 1 };
        DemoData data = DemoData.Make(one);

        await using Baselines first = Baselines.Begin(model, data, one, TestContext.Current.CancellationToken, steps: 3);
        Baselines.Accuracies atOnce = await first.FinishAsync();
        await using Baselines second = Baselines.Begin(model, data, one, TestContext.Current.CancellationToken, steps: 3);
        Baselines.Accuracies later = await second.FinishAsync();

        Assert.Equal((atOnce.Alone[0], atOnce.Centralised), (later.Alone[0], later.Centralised));
        Assert.InRange(later.Centralised, 0.01, 1);
    }

    [Fact]
    public async Task A_demo_that_ends_before_its_baselines_are_trained_stops_them()
    {
        Baselines baselines = Baselines.Begin(
            BaseModel.Load(Options.Model), DemoData.Make(Options), Options, TestContext.Current.CancellationToken);

        await baselines.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(baselines.FinishAsync);
    }
}
