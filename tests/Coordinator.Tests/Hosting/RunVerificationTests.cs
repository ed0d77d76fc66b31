using System.IO.Compression;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Where a model comes from can be proved: by its signed statement, and by merging its round again.</summary>
public sealed class RunVerificationTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kept_rounds_merge_again_to_the_same_bytes_and_earlier_ones_say_why_not()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await DoneAsync(rig, "kept", rounds: 4, Kept(2));
        await rig.RestartAsync();

        RoundVerification newest = await rig.Runs.VerifyAsync(run, round: null, Stop);
        RoundVerification third = await rig.Runs.VerifyAsync(run, newest.Earlier, Stop);

        Assert.Equal((4, 3, (string?)null, 3), (newest.Round, newest.Results, newest.Problem, newest.Earlier));
        Assert.Equal((3, 3, (string?)null, (int?)null), (third.Round, third.Results, third.Problem, third.Earlier));
        Assert.NotEqual(newest.ModelSha256, third.ModelSha256);
        Assert.Equal((await rig.FindAsync(run)).ModelSha256, newest.ModelSha256);
        Assert.Equal(
            $"The results of round 2 of run {run} are not kept: retention.results is 2.",
            (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.VerifyAsync(run, round: 2, Stop))).Message);
        Assert.Equal(
            ProblemCode.NotFound, (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.VerifyAsync(run, round: 9, Stop))).Code);

        Guid bare = await DoneAsync(rig, "bare", rounds: 1, spec => spec);
        Assert.Equal(
            $"No results of run {bare} are kept that could be merged again: retention.results is 0.",
            (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.VerifyAsync(bare, round: null, Stop))).Message);
    }

    /// <summary>What a round went on from beside the adapter is kept with it.</summary>
    [Theory]
    [InlineData("FedExLora", false)]
    [InlineData("FloraNA", true)]
    public async Task Folded_changes_and_momentum_are_merged_again_too(string strategy, bool momentum)
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await DoneAsync(rig, "carried", rounds: 3, spec => Kept(2)(spec) with
        {
            Aggregation = spec.Aggregation with { Strategy = strategy, Momentum = momentum ? 0.5 : 0 },
        });

        RoundVerification third = await rig.Runs.VerifyAsync(run, round: null, Stop);
        RoundVerification second = await rig.Runs.VerifyAsync(run, third.Earlier, Stop);

        Assert.Equal((3, (string?)null, 2, (string?)null), (third.Round, third.Problem, second.Round, second.Problem));
    }

    /// <summary>Agents that are not in a round count in the common variate with what they counted with last.</summary>
    [Fact]
    public async Task Control_variates_are_merged_again_too_where_some_agents_are_left_out_of_a_round()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await DoneAsync(rig, "varied", rounds: 4, spec => Kept(3)(spec) with
        {
            Aggregation = spec.Aggregation with { Strategy = "FedIT", Gauge = Gauge.Anchored },
            Training = spec.Training with { ControlVariates = true },
            Rounds = spec.Rounds with { AgentsPerRound = 2, OverSelection = 1 },
        });

        RoundVerification? verified = null;
        do
        {
            verified = await rig.Runs.VerifyAsync(run, verified?.Earlier, Stop);
            Assert.Equal((2, null), (verified.Results, verified.Problem));
        }
        while (verified.Earlier is not null);
    }

    [Fact]
    public async Task A_flipped_bit_of_a_kept_result_is_told_with_its_agent_and_file()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await DoneAsync(rig, "kept", rounds: 1, Kept(1));
        string bodies = Path.Combine(rig.StateFolder, "blobs", run.ToString());
        string models = (await rig.FindAsync(run)).ModelSha256!;
        string[] files =
        [
            .. Directory.EnumerateFiles(bodies, "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".json", StringComparison.Ordinal) && !file.Contains(models, StringComparison.Ordinal)),
        ];
        int told = 0;
        foreach (string file in files)
        {
            byte[] whole = await File.ReadAllBytesAsync(file, Stop);
            byte[] changed = [.. whole];
            changed[^1] ^= 1;
            await File.WriteAllBytesAsync(file, changed, Stop);

            string? problem = (await rig.Runs.VerifyAsync(run, round: null, Stop)).Problem;
            Assert.Contains($"was changed on the disk: {file}", problem, StringComparison.Ordinal);
            told += problem!.StartsWith("the result of ", StringComparison.Ordinal) ? 1 : 0;
            await File.WriteAllBytesAsync(file, whole, Stop);
        }

        // The one beside the results is what they started from.
        Assert.Equal((files.Length - 1, true), (told, told > 0));
        Assert.Null((await rig.Runs.VerifyAsync(run, round: null, Stop)).Problem);
    }

    [Fact]
    public async Task What_a_run_writes_and_what_is_exported_is_signed_by_the_service_and_says_where_it_comes_from()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await DoneAsync(rig, "signed", rounds: 2, spec => spec);
        string key = (await rig.Runs.SigningKeyAsync(Stop)).PublicKey;
        string written = Path.Combine(folder["out"], run.ToString(), "adapter");

        ProvenanceReading reading = AdapterProvenance.Verify(written, key);

        Assert.Equal(run.ToString(), (string?)reading.Predicate["run"]!["id"]);
        Assert.Equal((await rig.FindAsync(run)).ModelSha256, (string?)reading.Predicate["adapterSha256"]);
        Assert.Equal([1, 2], reading.Predicate["rounds"]!.AsArray().Select(round => (int)round!["round"]!));
        Assert.Equal([2, 2, 2], reading.Predicate["contributors"]!.AsArray().Select(agent => (int)agent!["rounds"]!));
        Assert.DoesNotContain("\"a\"", reading.Predicate["contributors"]!.ToJsonString(), StringComparison.Ordinal);
        string exported = await ExportAsync(rig, run, "one");
        Assert.Equal(key, await File.ReadAllTextAsync(Path.Combine(exported, "provenance.pem"), Stop));
        AdapterProvenance.Verify(exported, key);

        await rig.RestartAsync();
        string later = await ExportAsync(rig, run, "two");
        foreach (string file in Directory.EnumerateFiles(written))
        {
            string name = Path.GetFileName(file);
            byte[] bytes = await File.ReadAllBytesAsync(file, Stop);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(exported, name), Stop));
            Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(later, name), Stop));
        }
    }

    [Fact]
    public async Task A_service_whose_key_is_damaged_says_so_at_its_start()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        string key = (await rig.Runs.SigningKeyAsync(Stop)).PublicKey;
        string file = Path.Combine(rig.StateFolder, "provenance-key.pem");
        byte[] whole = await File.ReadAllBytesAsync(file, Stop);
        await File.WriteAllTextAsync(file, "damaged", Stop);

        StateFolderException refused = await Assert.ThrowsAsync<StateFolderException>(rig.RestartAsync);
        Assert.StartsWith($"'{file}' holds no private RSA key in PEM", refused.Message, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(file, whole, Stop);
        await rig.ServeAsync();
        Assert.Equal(key, (await rig.Runs.SigningKeyAsync(Stop)).PublicKey);
    }

    /// <summary>Who took part, and what they sent, is what no noise protects.</summary>
    [Fact]
    public async Task A_private_run_names_its_guarantee_and_nobody_and_keeps_no_results()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await DoneAsync(rig, "private", rounds: 1, spec => Kept(1)(spec) with
        {
            Privacy = new PrivacyRunOptions { NoiseMultiplier = 4, ClipNorm = 0.2, Budget = 100 },
            Aggregation = spec.Aggregation with { Strategy = "FfaLora" },
            Training = spec.Training with { UpdateCodec = "fp32", BroadcastCodec = "fp32" },
            Rounds = spec.Rounds with { FinalMeasure = false },
        });

        ProvenanceReading reading = AdapterProvenance.Verify(Path.Combine(folder["out"], run.ToString(), "adapter"));

        Assert.False(reading.Predicate.ContainsKey("contributors"));
        Assert.True((double)reading.Predicate["privacy"]!["epsilon"]! > 0);
        Assert.Contains(
            "in a private run what agents sent and the noise on it are deleted",
            (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.VerifyAsync(run, round: null, Stop))).Message,
            StringComparison.Ordinal);
    }

    private static Func<RunSpec, RunSpec> Kept(int rounds) => spec => spec with { Retention = spec.Retention with { Results = rounds } };

    private static async Task<Guid> DoneAsync(FleetRig rig, string name, int rounds, Func<RunSpec, RunSpec> but)
    {
        Guid run = await rig.SubmitAsync(name, rounds, but: but);
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(run)).Status);
        return run;
    }

    private async Task<string> ExportAsync(FleetRig rig, Guid run, string place)
    {
        AdapterExport export = await rig.Runs.ExportAsync(run, round: null, Stop);
        using var content = new MemoryStream();
        await export.WriteAsync(content, Stop);
        content.Position = 0;
        await ZipFile.ExtractToDirectoryAsync(content, folder[place], Stop);
        return Path.Combine(folder[place], "adapter");
    }
}
