using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Privacy;

/// <summary>
/// Whole private runs over the in-memory bus. The secrets are known, so that runs can be compared; their draw is a, c in round 1 and b, c in round
/// 2.
/// </summary>
public sealed class PrivateRunTests : IDisposable
{
    private const string Word = "private run 39";

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private static readonly string[] Agents = ["a", "b", "c"];

    private static readonly Lazy<Task<RunOutcome>> Undisturbed = new(async () =>
    {
        using var folder = new TemporaryFolder();
        return await RunAsync(folder, Settings.Private(folder), Word);
    });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_agents_drawn_take_part_and_each_round_says_what_it_has_spent()
    {
        CoordinatorOptions options = Settings.Private(folder);

        RunOutcome outcome = await Undisturbed.Value;

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal([["a", "c"], ["b", "c"]], outcome.Rounds.Select(round => round.Figures!.Accepted));
        Assert.Equal(
            [options.Privacy!.EpsilonAfter(1), options.Privacy.EpsilonAfter(2)],
            outcome.Rounds.Select(round => round.Figures!.Epsilon!.Value));
        Assert.All(
            outcome.Rounds,
            round => Assert.Equal(
                (1e-5, null, null, null),
                (round.Figures!.Delta, round.Figures.DivergenceUsed, round.Figures.DivergenceFedIt, round.Figures.DivergenceBound)));
        Assert.All(outcome.Rounds, round => Assert.Null(round.Modules));
        Assert.Equal(
            (options.Privacy.EpsilonAfter(2), 1e-5, 2, 3),
            (outcome.Privacy!.Epsilon, outcome.Privacy.Delta, outcome.Privacy.Sums, outcome.Privacy.Population));
    }

    [Fact]
    public async Task Noise_and_draw_change_with_the_secret_and_the_noise_not_with_the_order_of_arrival()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.Private(folder));
        federation.Secrets = KnownSecrets.Of(Word);
        foreach (string agent in Agents)
        {
            // The one drawn with c comes second.
            await federation.AddAsync(agent, onOffer: (offer, _) => agent == "c"
                ? Task.CompletedTask
                : federation.SeenAsync(e => e is { Kind: RunEventKind.ResultAccepted, AgentId: "c" } && e.Round == offer.Header.Round));
        }

        RunOutcome late = await federation.RunAsync();
        using var own = new TemporaryFolder();
        RunOutcome other = await RunAsync(
            own, Settings.Private(own) with { Rounds = Settings.Private(own).Rounds with { Count = 1 } }, "another word");

        Assert.Equal(Commits(await Undisturbed.Value), Commits(late));
        Assert.NotEqual(late.Rounds[0].Figures!.CommitSha256, other.CommitSha256);
    }

    public static TheoryData<string, int> Crashes => new()
    {
        { "before open", 2 }, { "after open", 1 }, { "after accept", 1 }, { "before freeze", 1 }, { "after freeze", 1 }, { "before commit", 2 }, { "after commit", 1 }, { "before end", 1 },
    };

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task A_successor_goes_on_with_the_same_draw_and_publishes_the_same_noisy_sums(string failpoint, int time)
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.Private(folder));
        federation.Secrets = KnownSecrets.Of(Word);
        await federation.AddAsync(Agents);
        await federation.CrashAsync(failpoint, time);

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(Commits(await Undisturbed.Value), Commits(outcome));
        Assert.Equal(2, outcome.Privacy!.Sums);
    }

    /// <summary>What was drawn is kept, not drawn again: the successor's own secrets would give another draw and another noise.</summary>
    [Theory]
    [InlineData("after open")]
    [InlineData("after freeze")]
    [InlineData("before commit")]
    public async Task A_successor_with_secrets_of_its_own_keeps_the_draw_and_the_noise_of_the_round_it_finds(string failpoint)
    {
        CoordinatorOptions options = Settings.Private(folder);
        await using Federation federation = await Federation.StartAsync(folder, options with { Rounds = options.Rounds with { Count = 1 } });
        federation.Secrets = KnownSecrets.Of(Word);
        await federation.AddAsync(Agents);
        await federation.CrashAsync(failpoint);
        federation.Secrets = KnownSecrets.Of("another word");

        RunOutcome outcome = await federation.RunAsync();

        RoundFigures expected = (await Undisturbed.Value).Rounds[0].Figures!;
        Assert.Equal(expected.Accepted, outcome.Rounds[0].Figures!.Accepted);
        Assert.Equal(failpoint != "after open", expected.CommitSha256 == outcome.CommitSha256);
    }

    [Fact]
    public async Task A_run_ends_in_good_order_before_the_round_that_its_budget_does_not_cover()
    {
        CoordinatorOptions options = Settings.Private(folder, rounds: 9);
        double budget = options.Privacy!.EpsilonAfter(2) + 0.01;
        options = options with { Privacy = options.Privacy with { Budget = budget } };
        await using Federation federation = await Federation.StartAsync(folder, options);
        federation.Secrets = KnownSecrets.Of(Word);
        await federation.AddAsync(Agents);

        RunOutcome outcome = await federation.RunAsync();
        RunOutcome again = await federation.RunAsync();

        Assert.Equal(Commits(await Undisturbed.Value), Commits(outcome));
        Assert.Equal((RunStatus.Completed, null, options.Privacy.SpentAfter(2)), (outcome.Status, outcome.Failure, outcome.Note));
        Assert.StartsWith("the privacy budget is spent after 2 rounds: ε = ", outcome.Note, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(outcome.AdapterFolder!, "adapter_model.safetensors")));
        Assert.Equal(outcome.Note, (await federation.SeenAsync(e => e.Kind == RunEventKind.RunCompleted)).Detail);
        Assert.Equal((outcome.Status, outcome.Note, outcome.CommitSha256), (again.Status, again.Note, again.CommitSha256));
    }

    [Fact]
    public async Task The_ledger_holds_what_the_guarantee_covers_and_nothing_of_single_agents()
    {
        CoordinatorOptions options = Settings.Private(folder);
        RunOutcome outcome = await RunAsync(folder, options with { Rounds = options.Rounds with { Evaluators = 1 } }, Word);

        string text = await File.ReadAllTextAsync(outcome.LedgerFile!, TestContext.Current.CancellationToken);
        JsonNode ledger = JsonNode.Parse(text)!;
        Assert.Equal(["round", "modelSha256", "commitSha256", "epsilon"], ledger["rounds"]![0]!.AsObject().Select(entry => entry.Key));
        Assert.Equal(
            outcome.Rounds.Select(round => round.Figures!.CommitSha256),
            ledger["rounds"]!.AsArray().Select(round => (string?)round!["commitSha256"]));
        Assert.Equal(outcome.Privacy, ledger["privacy"].Deserialize<PrivacySpent>(Web));
        Assert.All(Agents, agent => Assert.DoesNotContain($"\"{agent}\"", text, StringComparison.Ordinal));
        Assert.Contains("\"judge\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_secrets_are_on_no_disk_once_the_run_is_over_and_the_state_is_closed_to_others()
    {
        await RunAsync(folder, Settings.Private(folder), Word);

        byte[][] keys = [.. Enum.GetValues<SecretUse>().SelectMany(
            use => new[] { 1, 2 },
            (use, round) => KnownSecrets.Of(Word)(use, round).ToArray())];
        foreach (string file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            byte[] content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            Assert.All(keys, key => Assert.True(content.AsSpan().IndexOf(key) < 0, file));
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder["state"]));
        }
    }

    /// <summary>
    /// Seen as the second round is about to be frozen, by the coordinator's own thread: what the first round left to do is done by then.
    /// </summary>
    [Fact]
    public async Task The_noise_of_a_round_that_is_over_is_in_no_file_while_the_run_goes_on()
    {
        byte[] key = [.. KnownSecrets.Of(Word)(SecretUse.Noise, 1)];
        await using Federation federation = await Federation.StartAsync(folder, Settings.Private(folder));
        federation.Secrets = KnownSecrets.Of(Word);
        await federation.AddAsync(Agents);
        var found = new List<bool>();

        await federation.RunAsync(at =>
        {
            if (at is "after freeze" or "before freeze")
            {
                found.Add(Directory.GetFiles(folder["state"], "coordinator.db*").Any(file => Holds(file, key)));
            }
        });

        Assert.Equal([false, true, false, false], found);
    }

    [Fact]
    public async Task A_run_goes_on_under_the_same_privacy_only()
    {
        CoordinatorOptions options = Settings.Private(folder);
        await using (Federation federation = await Federation.StartAsync(folder, options))
        {
            await federation.AddAsync(Agents);
            await federation.CrashAsync("after open");
        }

        StateFolderException refused = await Assert.ThrowsAsync<StateFolderException>(
            () => RunAsync(folder, options with { Privacy = options.Privacy! with { NoiseMultiplier = 0.5 } }, Word));

        Assert.Contains("Privacy:NoiseMultiplier was 1 and is now 0.5", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Reads a file that the store has open.</summary>
    private static bool Holds(string file, byte[] key)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content.AsSpan().IndexOf(key) >= 0;
    }

    private static IEnumerable<string?> Commits(RunOutcome outcome) => outcome.Rounds.Select(round => round.Figures!.CommitSha256);

    private static async Task<RunOutcome> RunAsync(TemporaryFolder folder, CoordinatorOptions options, string word)
    {
        await using Federation federation = await Federation.StartAsync(folder, options);
        federation.Secrets = KnownSecrets.Of(word);
        await federation.AddAsync(Agents);
        if (options.Rounds.Evaluators > 0)
        {
            await federation.AddAsync("judge", AgentRole.Evaluator);
        }

        return await federation.RunAsync();
    }
}
