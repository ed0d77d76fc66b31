using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>A round's weights, with an agent among the others that lies about its data.</summary>
public sealed class WeightTests : IDisposable
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "liar"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_result_never_weighs_more_than_its_agents_hello_stated()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);

        RunEvent committed = await RoundAsync(rig, ["a", "b", "c", "d"], name => name == "d" ? int.MaxValue : 10);

        RunEvent accepted = await rig.Sender.EventAsync(RunEventKind.ResultAccepted, happened => happened.AgentId == "d");
        Assert.Equal(10, accepted.Examples);
        Assert.Equal("counts 10 examples: it claims 2147483647, its hello 10, Intake:MaxExamples is 1000000", accepted.Detail);
        Assert.Empty(committed.Figures!.Capped);
    }

    [Fact]
    public async Task One_liar_among_nine_honest_agents_weighs_as_much_as_three_of_them_and_everybody_is_told()
    {
        await using RunRig rig = await LiarAsync(folder, new IntakeOptions());

        RunEvent committed = await RoundAsync(rig, Names, name => name == "liar" ? int.MaxValue : 500);

        CappedAgent capped = Assert.Single(committed.Figures!.Capped);
        Assert.Equal(("liar", 1_000_000, 1500.0), (capped.AgentId, capped.Examples, capped.Weight));
        RunEvent frozen = await rig.Sender.EventAsync(RunEventKind.RoundFrozen);
        Assert.Equal("10 updates in the manifest; counted less than stated: liar with 1500 of its 1000000 examples", frozen.Detail);
        Assert.Equal(Names, committed.Figures.Accepted);
    }

    [Fact]
    public async Task Weights_do_not_depend_on_the_order_of_arrival()
    {
        var models = new HashSet<string>(StringComparer.Ordinal);
        foreach (string[] order in new[] { Names, [.. Names.Reverse()] })
        {
            using var own = new TemporaryFolder();
            await using RunRig rig = await LiarAsync(own, new IntakeOptions());
            models.Add((await RoundAsync(rig, order, name => name == "liar" ? int.MaxValue : 400 + name[0])).Figures!.ModelSha256);
        }

        Assert.Single(models);
    }

    [Fact]
    public async Task Without_limits_the_liar_counts_what_it_claims()
    {
        await using RunRig rig = await LiarAsync(folder, new IntakeOptions { ExamplesFactor = 0, ShareCap = 0 });

        Assert.Empty((await RoundAsync(rig, Names, name => name == "liar" ? int.MaxValue : 500)).Figures!.Capped);
    }

    private static async Task<RunRig> LiarAsync(TemporaryFolder folder, IntakeOptions intake)
    {
        CoordinatorOptions options = Settings.For(folder, Names.Length) with { Intake = intake };
        RunRig rig = await RunRig.StartAsync(options);
        foreach (string name in Names)
        {
            await rig.HelloAsync(name, but: hello => hello with { Data = hello.Data with { Examples = name == "liar" ? int.MaxValue : 1000 } });
        }

        return rig;
    }

    private static async Task<RunEvent> RoundAsync(RunRig rig, string[] names, Func<string, int> examples)
    {
        foreach (string name in names)
        {
            TaskOffer offer = await rig.OfferAsync(name);
            ResultReady result = rig.Result(offer);
            await rig.PostAsync(result with { Examples = examples(name) });
        }

        return await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
    }
}
