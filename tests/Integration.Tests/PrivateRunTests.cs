using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Integration.Tests;

/// <summary>Differentially private runs with the real coordinator, agents and engine, in memory.</summary>
public sealed class PrivateRunTests
{
    /// <summary>Secrets that are the same again. Their draw at 0.6: trainers 1 and 2, then twice 1 and 3.</summary>
    private static readonly SecretSource Known = (use, round) => [.. SHA256.HashData(Encoding.UTF8.GetBytes($"integration 34|{use}|{round}"))];

    [Theory]
    [InlineData("FedIT")]
    [InlineData("RoLora")]
    [InlineData("FedSaLora")]
    public async Task A_coordinator_killed_in_mid_run_is_succeeded_and_every_noisy_sum_is_published_once(string strategy)
    {
        await using Federation calm = await Federation.StartAsync(null);
        calm.Secrets = Known;
        (_, Task<RunOutcome> undisturbed) = await calm.CoordinatorAsync(Options(calm, strategy));
        await calm.AllAgentsAsync();
        RunOutcome expected = await undisturbed.InTimeAsync(calm.Describe);

        await using Federation federation = await Federation.StartAsync(null);
        federation.Secrets = Known;
        (CoordinatorService first, _) = await federation.CoordinatorAsync(Options(federation, strategy));
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 2, SlowFactor = 20 });
        await federation.EventAsync(e => e is { Kind: RunEventKind.ResultAccepted, Round: 2, AgentId: "trainer-3" });
        await first.DieAsync();
        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(Options(federation, strategy));
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal((RunStatus.Completed, RunStatus.Completed), (expected.Status, outcome.Status));
        Assert.Equal(
            [["trainer-1", "trainer-2"], ["trainer-1", "trainer-3"], ["trainer-1", "trainer-3"]],
            outcome.Rounds.Select(round => round.Figures!.Accepted));
        Assert.Equal(expected.Rounds.Select(round => round.Figures!.CommitSha256), outcome.Rounds.Select(round => round.Figures!.CommitSha256));
        Assert.Equal(expected.Evaluations.Select(e => e.Metrics), outcome.Evaluations.Select(e => e.Metrics));
        Assert.Equal((3, expected.Privacy), (outcome.Privacy!.Sums, outcome.Privacy));
    }

    [Fact]
    public async Task Two_runs_of_one_seed_differ_for_their_secrets_do()
    {
        var commits = new HashSet<string?>();
        for (int run = 0; run < 2; run++)
        {
            await using Federation federation = await Federation.StartAsync(null);
            CoordinatorOptions options = Options(federation, "FfaLora");
            (_, Task<RunOutcome> outcome) = await federation.CoordinatorAsync(options with { Rounds = options.Rounds with { Count = 1 } });
            await federation.AllAgentsAsync();
            commits.Add((await outcome.InTimeAsync(federation.Describe)).CommitSha256);
        }

        Assert.Equal(2, commits.Count);
    }

    private static CoordinatorOptions Options(Federation federation, string strategy) => Federation.Measurable(
        federation.Options("private", rounds: 3) with
        {
            Aggregation = new AggregationOptions { Strategy = strategy },
            Privacy = new PrivacyRunOptions { NoiseMultiplier = 0.8, ClipNorm = 0.3, Budget = 100, SamplingRate = 0.6 },
        });
}
