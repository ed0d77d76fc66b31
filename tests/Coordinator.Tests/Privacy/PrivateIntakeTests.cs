using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Rounds;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Privacy;

/// <summary>What counts in a private round, and what becomes of it.</summary>
public sealed class PrivateIntakeTests : IDisposable
{
    private const double Clip = 1;
    private const double Noise = 0.01;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Little noise shows the sum: each change cut to C, over the population, one whose result was refused being a zero.</summary>
    [Fact]
    public async Task The_published_change_is_the_sum_of_cut_changes_over_the_stated_population()
    {
        await using RunRig rig = await StartAsync();
        await rig.HelloAllAsync("a", "b", "c");
        LoraAdapter before = rig.Broadcast(await rig.OfferAsync("a"));
        LoraAdapter small = FakeTraining.Train(await rig.OfferAsync("a"), before);
        LoraAdapter huge = Moved(before, small, by: 1000);

        await rig.PostAsync(rig.Result(await rig.OfferAsync("a"), _ => small));
        await rig.PostAsync(rig.Result(await rig.OfferAsync("b"), _ => huge));
        await rig.PostAsync(rig.Result(await rig.OfferAsync("c"), leftOut: FrozenFactors.None));

        RoundCommitted committed = await rig.Sender.ForAsync<RoundCommitted>("a");
        LoraAdapter after = AdapterPayload.Decode(rig.Blobs.ReadAll(committed.Model.Sha256), AdapterShape.Of(before));
        double[] one = Change(before, small);
        double length = Math.Sqrt(one.Sum(x => x * x));
        Assert.InRange(length, 0.1, Clip);
        double[] expected = [.. one.Select(x => x * (1 + (Clip / length)) / 3)];
        double[] actual = Change(before, after);

        // Noise of deviation z·C/3 on each value; five deviations are beyond what this seed, or any likely one, shows.
        Assert.All(expected.Zip(actual), value => Assert.Equal(value.First, value.Second, tolerance: 5 * Noise * Clip / 3));
        Assert.Contains(actual, x => Math.Abs(x) > 0.05);
        Assert.Equal(["a", "b"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!.Accepted);
        Assert.Equal((null, 1e-5), (committed.Divergence, committed.Delta));
        Assert.Equal(rig.Options.Privacy!.EpsilonAfter(1), committed.Epsilon);
    }

    /// <summary>
    /// Held against the median of the others, and of the round before, such a change would be left out: whether it counts would hang on their data.
    /// </summary>
    [Fact]
    public async Task No_change_is_left_out_for_being_far_from_the_others()
    {
        await using RunRig rig = await StartAsync();
        await rig.HelloAllAsync("a", "b", "c");
        for (int round = 1; round <= 2; round++)
        {
            foreach (string agent in new[] { "a", "b", "c" })
            {
                float by = agent == "c" ? 1e6f : 1;
                Contracts.Tasks.TaskOffer offer = await rig.OfferAsync(agent, round);
                await rig.PostAsync(rig.Result(offer, broadcast => Moved(broadcast, FakeTraining.Train(offer, broadcast), by)));
                await rig.Sender.ForAsync<ResultAck>(agent, ack => ack.Header.Round == round);
            }

            RunEvent committed = await rig.Sender.EventAsync(RunEventKind.RoundCommitted, e => e.Round == round);
            Assert.Equal(["a", "b", "c"], committed.Figures!.Accepted);
        }

        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.ResultRejected);
    }

    /// <summary>A successor reads the lengths of the round before from the store, and must not use them.</summary>
    [Fact]
    public async Task Nor_is_a_change_refused_after_a_restart_for_being_far_from_the_round_before()
    {
        string[] agents = ["a", "b", "c"];
        await using (RunRig dead = await StartAsync())
        {
            await dead.HelloAllAsync(agents);
            foreach (string agent in agents)
            {
                await dead.PostAsync(dead.Result(await dead.OfferAsync(agent)));
            }

            await dead.Sender.EventAsync(RunEventKind.RoundCommitted, e => e.Round == 1);
        }

        await using RunRig rig = await StartAsync();
        await rig.HelloAllAsync(agents);
        Contracts.Tasks.TaskOffer offer = await rig.OfferAsync("c", round: 2);
        Assert.True(rig.State.MedianNorm!.Value.Products > 0, "the successor knows a length to hold it against");
        await rig.PostAsync(rig.Result(offer, broadcast => Moved(broadcast, FakeTraining.Train(offer, broadcast), by: 1e6f)));

        object answer = await rig.Sender.ForAsync<object>("c", sent => sent is ResultAck or ResultRejected);
        Assert.IsType<ResultAck>(answer);
    }

    [Fact]
    public async Task A_round_in_which_nobody_is_drawn_publishes_noise_and_spends_as_any_other()
    {
        // The draw of this word at 0.4: nobody in round 1.
        await using RunRig rig = await StartAsync(sampling: 0.4, word: "nobody 0");
        await rig.HelloAllAsync("a", "b", "c");

        RunEvent committed = await rig.Sender.EventAsync(RunEventKind.RoundCommitted, e => e.Round == 1);

        Assert.Equal((0, 0), (committed.Figures!.Offered, committed.Figures.Accepted.Count));
        Assert.Equal(rig.Options.Privacy!.EpsilonAfter(1), committed.Figures.Epsilon);
        Assert.NotEqual((await rig.OfferAsync("a", 2)).Adapter.Sha256, rig.FirstModel());
    }

    private async Task<RunRig> StartAsync(double sampling = 1, string word = "intake")
    {
        CoordinatorOptions options = Settings.Private(folder);
        return await RunRig.StartAsync(
            options with { Privacy = options.Privacy! with { NoiseMultiplier = Noise, ClipNorm = Clip, Budget = 1e6, SamplingRate = sampling } },
            secrets: KnownSecrets.Of(word));
    }

    private static double[] Change(LoraAdapter before, LoraAdapter after) =>
    [
        .. before.Modules.Keys.SelectMany(module => Values(before.Modules[module]).Zip(Values(after.Modules[module]), (x, y) => (double)y - x)),
        .. before.Saved.Keys.SelectMany(name => before.Saved[name].Values.Zip(after.Saved[name].Values, (x, y) => (double)y - x)),
    ];

    private static float[] Values(LoraFactors factors) => [.. factors.A.Values, .. factors.B.Values];

    /// <summary><paramref name="from"/> moved towards <paramref name="to"/> and beyond.</summary>
    private static LoraAdapter Moved(LoraAdapter from, LoraAdapter to, float by)
    {
        LoraAdapter moved = from.Clone();
        foreach ((string name, LoraFactors factors) in moved.Modules)
        {
            Move(factors.B.Values, to.Modules[name].B.Values);
        }

        foreach ((string name, DenseTensor tensor) in moved.Saved)
        {
            Move(tensor.Values, to.Saved[name].Values);
        }

        return moved;

        void Move(Span<float> values, ReadOnlySpan<float> target)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] += by * (target[i] - values[i]);
            }
        }
    }
}
