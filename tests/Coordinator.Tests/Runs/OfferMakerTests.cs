using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Runs;

public sealed class OfferMakerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Trainers_are_told_which_data_set_and_evaluators_measure_on_their_own()
    {
        CoordinatorOptions options = Settings.For(folder, rounds: 1);
        await using RunRig rig = await RunRig.StartAsync(options with { Rounds = options.Rounds with { Evaluators = 1 } }, dataSet: "reviews");
        await rig.HelloAllAsync("a", "b", "c");
        await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });

        TaskOffer training = await rig.OfferAsync("a");
        TaskOffer measuring = await rig.Sender.ForAsync<TaskOffer>("judge", _ => true);

        Assert.Equal((TaskKind.Train, "reviews"), (training.Kind, training.DataSet));
        Assert.Equal((TaskKind.Evaluate, null), (measuring.Kind, measuring.DataSet));
    }
}
