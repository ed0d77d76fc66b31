using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Runs of which rounds were skipped.</summary>
public sealed class IncompleteRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, "1 of 2 rounds were skipped: 1")]
    [InlineData(2, "2 of 2 rounds were skipped: 1, 2; without a result in them: ghost")]
    public async Task A_run_with_skipped_rounds_is_incomplete_and_says_which_and_who_was_missing(int skipped, string shortfall)
    {
        // Heads that the broadcast codec can't hold: nothing can be merged. Another body in each round, for one that is over takes its bodies with
        // it.
        CoordinatorOptions options = Settings.For(folder, agents: 1);
        options = options with
        {
            Training = options.Training with { UpdateCodec = "fp32" },
            Rounds = options.Rounds with { ExpectedAgents = skipped == 2 ? ["a", "ghost"] : [] },
        };
        await using (RunRig rig = await RunRig.StartAsync(options))
        {
            await rig.HelloAllAsync("a");
            for (int round = 1; round <= 2; round++)
            {
                await rig.PostAsync(rig.Result(await rig.OfferAsync("a", round), round <= skipped ? WithHead(1e6f * round) : null));
            }

            RunOutcome outcome = await rig.Outcome;

            Assert.Equal((RunStatus.Incomplete, shortfall), (outcome.Status, outcome.Shortfall));
            Assert.Equal(skipped == 1, outcome.AdapterFolder is not null);
            Assert.Equal(shortfall, (await rig.Sender.EventAsync(RunEventKind.RunIncomplete)).Detail);
            Assert.Contains(
                "\"status\": \"Incomplete\"",
                await File.ReadAllTextAsync(outcome.LedgerFile!, TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
        }

        await using RunRig again = await RunRig.StartAsync(options);
        RunOutcome remembered = await again.Outcome;
        Assert.Equal((RunStatus.Incomplete, shortfall), (remembered.Status, remembered.Shortfall));
    }

    private static Func<LoraAdapter, LoraAdapter> WithHead(float value) => broadcast =>
    {
        LoraAdapter trained = broadcast.Clone();
        trained.Saved.Values.First().Values.AsSpan().Fill(value);
        return trained;
    };
}
