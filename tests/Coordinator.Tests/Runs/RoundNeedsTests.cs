using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Runs;

public sealed class RoundNeedsTests : IDisposable
{
    private static readonly AdapterShape Shape = new(
        new LoraSettings { Rank = 2, Alpha = 4, TargetModules = ["query", "key", "value"] },
        [new("layer.0.key", 4, 4), new("layer.0.query", 4, 4), new("layer.0.value", 4, 4), new("layer.1.query", 4, 4)]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_strategy_that_asks_nothing_makes_no_rule()
    {
        RoundNeeds needs = RoundNeeds.Of(new AggregationOptions { Strategy = "OptimalRank" }, Shape, turn: 1);

        Assert.Empty(needs.Rules);
        Assert.Equal(FrozenFactors.None, needs.Unchanged);
    }

    [Fact]
    public void Modules_of_one_need_share_a_rule_and_folding_alone_is_none()
    {
        var options = new AggregationOptions { Strategy = "RoLora", ModuleStrategies = [new("*.value", "FedSaLora"), new("*.key", "FedExLora")] };

        RoundNeeds odd = RoundNeeds.Of(options, Shape, turn: 1);
        RoundNeeds even = RoundNeeds.Of(options, Shape, turn: 2);

        Assert.Equal(["layer.0.query,layer.1.query: A False B True keep False", "layer.0.value: A True B True keep True"], odd.Rules.Select(Text));
        Assert.Equal(["layer.0.query,layer.1.query: A True B False keep False", "layer.0.value: A True B True keep True"], even.Rules.Select(Text));
        Assert.Equal("A(layer.0.query,layer.1.query) B(layer.0.value)", odd.Unchanged.ToString());
        Assert.Equal("A() B(layer.0.query,layer.0.value,layer.1.query)", even.Unchanged.ToString());
    }

    [Fact]
    public async Task A_skipped_round_costs_an_alternating_strategy_no_turn()
    {
        CoordinatorOptions options = Settings.For(folder, rounds: 3);
        await using RunRig rig = await RunRig.StartAsync(
            options with { Aggregation = options.Aggregation with { Strategy = "RoLora" }, Training = options.Training with { UpdateCodec = "fp32" }, Intake = new IntakeOptions { Strikes = 5 } });
        await rig.HelloAllAsync("a", "b", "c");
        FactorRule first = Assert.Single((await rig.OfferAsync("a")).Factors);

        // Heads that the broadcast codec can't hold: nothing can be merged, and the round is skipped.
        foreach (string agent in new[] { "a", "b", "c" })
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent), WithHugeHead));
        }

        FactorRule second = Assert.Single((await rig.OfferAsync("a", round: 2)).Factors);
        foreach (string agent in new[] { "a", "b", "c" })
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round: 2)));
        }

        FactorRule third = Assert.Single((await rig.OfferAsync("a", round: 3)).Factors);

        Assert.Contains(rig.Sender.Events, happened => happened is { Kind: RunEventKind.RoundSkipped, Round: 1 });
        Assert.Equal([(false, true), (false, true), (true, false)], new[] { first, second, third }.Select(rule => (rule.TrainA, rule.TrainB)));
    }

    [Fact]
    public async Task An_offer_says_which_contract_it_takes()
    {
        CoordinatorOptions options = Settings.For(folder);
        await using (RunRig plain = await RunRig.StartAsync(options))
        {
            await plain.HelloAllAsync("a", "b", "c");
            Assert.Equal(
                (ContractVersion.Oldest, 0), (await plain.OfferAsync("a")) is var offer ? (offer.MinContract, offer.Factors.Count) : default);
        }

        using var other = new TemporaryFolder();
        options = Settings.For(other);
        await using RunRig frozen = await RunRig.StartAsync(options with { Aggregation = options.Aggregation with { Strategy = "FfaLora" } });
        await frozen.HelloAllAsync("a", "b", "c");
        Assert.Equal(
            (ContractVersion.FactorRules, 1), (await frozen.OfferAsync("a")) is var asked ? (asked.MinContract, asked.Factors.Count) : default);
    }

    private static LoraAdapter WithHugeHead(LoraAdapter broadcast)
    {
        LoraAdapter trained = broadcast.Clone();
        trained.Saved.Values.First().Values.AsSpan().Fill(1e6f);
        return trained;
    }

    private static string Text(FactorRule rule) => $"{string.Join(',', rule.Modules)}: A {rule.TrainA} B {rule.TrainB} keep {rule.KeepB}";
}
