using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>What an agent does when it is asked how well the adapter that a run publishes does with it.</summary>
public sealed class PublishedAdapterTests
{
    private static readonly byte[] Published = AdapterCodec.Parse("fp32").Encode(Offers.Global);

    [Fact]
    public async Task An_agent_whose_own_adapter_does_better_keeps_it_as_a_folder_that_can_be_exported()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine { AccuracyOf = adapter => IsPublished(adapter) ? 0.5 : 0.75 });
        await TrainAsync(bench, counts: true);

        ResultReady result = await MeasureAsync(bench);
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();

        Assert.Equal((true, 0.5, 0.75), (result.Metrics.KeepsOwn, result.Metrics.GlobalAccuracy, result.Metrics.LocalAccuracy));
        Assert.Equal([Offers.Run], OwnAdapterExport.Runs(bench.State));
        string target = Path.Combine(bench.State, "exported");
        OwnAdapterExport.Write(bench.State, Offers.Run, target);
        Assert.False(IsPublished(PeftFolder.Read(target)));
        Assert.Equal(Offers.Labels, PeftFolder.ReadLabels(target));
        Assert.Empty(Directory.GetFiles(Path.Combine(bench.State, "best-adapters")));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.25)]
    public async Task An_agent_whose_own_adapter_does_no_better_takes_the_published_one(double own)
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine { AccuracyOf = adapter => IsPublished(adapter) ? 0.5 : own });
        await TrainAsync(bench, counts: true);

        ResultReady result = await MeasureAsync(bench);

        Assert.Equal((false, own), (result.Metrics.KeepsOwn, result.Metrics.LocalAccuracy));
        Assert.Empty(OwnAdapterExport.Runs(bench.State));
    }

    /// <summary>Accuracy falls from round to round: what the first round gave is kept.</summary>
    [Fact]
    public async Task The_best_of_its_own_adapters_is_what_an_agent_keeps()
    {
        await using Bench bench = await Bench.StartAsync();
        var seen = new List<byte[]>();
        bench.Agent(new SteppingEngine
        {
            AccuracyOf = adapter =>
            {
                byte[] body = AdapterCodec.Parse("fp32").Encode(adapter);
                if (seen.FindIndex(before => before.SequenceEqual(body)) is var place && place < 0)
                {
                    seen.Add(body);
                    place = seen.Count - 1;
                }

                return IsPublished(adapter) ? 0.25 : 1 - (place / 8.0);
            },
        });
        await TrainAsync(bench, counts: true);
        await TrainAsync(bench, counts: true, round: 2);

        ResultReady result = await MeasureAsync(bench, round: 3);

        Assert.Equal((true, 1 - (1 / 8.0)), (result.Metrics.KeepsOwn, result.Metrics.LocalAccuracy));
        Assert.Equal(seen[1], AdapterCodec.Parse("fp32").Encode(PeftFolder.Read(OwnAdapterGuard.FolderOf(bench.State, Offers.Run))));
    }

    /// <summary>The further an adapter is from the first, the better: that is the one trained alone, which no round puts back.</summary>
    [Fact]
    public async Task What_is_trained_alone_goes_on_from_task_to_task_in_later_processes_too_and_is_kept_where_it_is_best()
    {
        await using Bench bench = await Bench.StartAsync();
        SteppingEngine[] engines = [.. Enumerable.Range(0, 2).Select(_ => new SteppingEngine { AccuracyOf = adapter => Math.Min(1, Away(adapter)) })];
        EdgeAgentService first = bench.Agent(engines[0]);
        await TrainAsync(bench, counts: true, alone: true);
        await first.DieAsync();
        bench.Agent(engines[1]);
        await TrainAsync(bench, counts: false, round: 2, alone: true);
        await TrainAsync(bench, counts: true, round: 3, alone: true);

        ResultReady result = await MeasureAsync(bench, round: 4);
        await bench.Coordinator.AcceptAsync(result);
        await bench.JournalEmptyAsync();

        double[] began = [.. engines.SelectMany(engine => engine.Starts).Take(6).Select(start => Away(start.Adapter))];
        Assert.Equal([0, 0, 0, began[3], 0, began[3]], began);
        Assert.True(began[3] > 0);
        double kept = Away(PeftFolder.Read(OwnAdapterGuard.FolderOf(bench.State, Offers.Run)));
        Assert.True(kept > 1.5 * began[3], $"It is {kept} away, after one task alone {began[3]}.");
        Assert.Equal((true, kept), (result.Metrics.KeepsOwn, result.Metrics.LocalAccuracy!.Value));
        Assert.Empty(Directory.GetFiles(Path.Combine(bench.State, "alone-adapters")));
    }

    [Fact]
    public async Task Nothing_is_trained_alone_where_nothing_may_be_measured_of_it()
    {
        await using Bench bench = await Bench.StartAsync();
        var engine = new SteppingEngine();
        bench.Agent(engine, bench.Options with { Allow = new AllowOptions { HeldOutFigures = false } });

        await TrainAsync(bench, counts: true, alone: true);

        Assert.Single(engine.Starts);
    }

    [Fact]
    public async Task An_adapter_whose_update_did_not_count_is_none_to_keep()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine { AccuracyOf = adapter => IsPublished(adapter) ? 0.5 : 0.75 });
        await TrainAsync(bench, counts: false);

        ResultReady result = await MeasureAsync(bench);

        Assert.Equal((false, null), (result.Metrics.KeepsOwn, result.Metrics.LocalAccuracy));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task Examples_are_counted_by_label_where_the_run_asks_and_the_owner_allows_it(bool asked, bool allowed, bool told)
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine { AccuracyOf = _ => 0.5 }, bench.Options with { Allow = new AllowOptions { ClassCounts = allowed } });

        await bench.Coordinator.OfferAsync(bench.Offer(kind: TaskKind.Evaluate) with { Published = true, LabelCounts = asked });

        LabelCounts? counts = (await bench.Coordinator.NextAsync<ResultReady>()).Metrics.ByLabel;
        Assert.Equal(told, counts is { Actual: [1, 1], Predicted: [0, 2], Right: [0, 1] });
    }

    [Fact]
    public async Task An_owner_who_tells_no_held_out_figures_has_none_measured_for_others()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Allow = new AllowOptions { HeldOutFigures = false } });

        await bench.Coordinator.OfferAsync(bench.Offer(kind: TaskKind.Evaluate) with { Published = true });
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.NoData, declined.Reason);
        Assert.Contains("allow.heldOutFigures", declined.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_holds_nothing_out_says_so()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), bench.Options with { Data = [bench.Data with { HeldOutFraction = 0 }] });

        await bench.Coordinator.OfferAsync(bench.Offer(kind: TaskKind.Evaluate) with { Published = true });
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(DeclineReason.NoData, declined.Reason);
        Assert.Contains("no data to measure on", declined.Detail, StringComparison.Ordinal);
    }

    private static async Task TrainAsync(Bench bench, bool counts, int round = 1, bool alone = false)
    {
        TaskOffer offer = bench.Offer(round);
        await bench.Coordinator.OfferAsync(offer with { Hyper = offer.Hyper! with { Seed = (ulong)round }, TrainAlone = alone });
        ResultReady trained = await bench.Coordinator.ResultOfRoundAsync(round);
        if (counts)
        {
            await bench.Coordinator.AcceptAsync(trained);
        }
        else
        {
            await bench.Coordinator.RejectAsync(trained, RejectionCode.Invalid);
        }

        await bench.JournalEmptyAsync();
    }

    private static async Task<ResultReady> MeasureAsync(Bench bench, int round = 1)
    {
        await bench.Coordinator.OfferAsync(bench.Offer(round, kind: TaskKind.Evaluate) with { Published = true });
        ResultReady result;
        do
        {
            result = await bench.Coordinator.NextAsync<ResultReady>();
        }
        while (result.Claim is not null);

        return result;
    }

    /// <summary>How far from the first adapter.</summary>
    private static double Away(LoraAdapter adapter)
    {
        double sum = 0;
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            LoraFactors first = Offers.Global.Modules[module];
            for (int i = 0; i < factors.A.Values.Length; i++)
            {
                double away = factors.A.Values[i] - first.A.Values[i];
                sum += away * away;
            }
        }

        return Math.Sqrt(sum);
    }

    private static bool IsPublished(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter).SequenceEqual(Published);
}
