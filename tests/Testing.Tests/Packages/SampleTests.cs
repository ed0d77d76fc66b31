using System.Diagnostics;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.Content;

namespace EdgeFlora.Testing.Tests.Packages;

/// <summary>The samples, built outside the solution of the packages alone.</summary>
[Collection(nameof(PackedPackages))]
public sealed class SampleTests(PackedPackages packages)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_integration_test_passes_in_memory()
    {
        string assembly = await packages.BuildSampleAsync("integration-test");

        string said = await PackedPackages.RunAsync("dotnet", Path.GetDirectoryName(assembly)!, assembly, "-method", "*in_memory");

        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_agent_takes_part_in_a_run_and_says_goodbye()
    {
        Assert.SkipUnless(
            File.Exists(PrivateBroker.Program) || Environment.GetEnvironmentVariable("CI") is { Length: > 0 },
            "no broker: install the package rabbitmq-server");
        string assembly = await packages.BuildSampleAsync("embedded-agent");
        string folder = Path.GetDirectoryName(assembly)!;
        await File.WriteAllTextAsync(Path.Combine(folder, "texts.jsonl"), MadeUpTexts.Of("embedded"), Stop);
        await using var broker = new PrivateBroker();
        await broker.StartAsync(Stop);
        await using Federation federation = await Federation.StartAsync(f => f.Agents(1).Needs(2).Broker(Brokers.At(broker.Url(""))), Stop);

        using Process sample = PackedPackages.Start(
            "dotnet",
            folder,
            assembly,
            "--Agent:name=embedded",
            $"--Agent:broker:url={federation.BrokerUrl}",
            "--Agent:data:0:file=texts.jsonl",
            $"--Agent:models:small={federation.ModelFolder}",
            "--Agent:measure=no");
        Task<string> output = sample.StandardOutput.ReadToEndAsync(Stop);
        Task<string> error = sample.StandardError.ReadToEndAsync(Stop);
        FederationResult result = await federation.CompletionAsync(Stop);

        Assert.Equal(["agent-1", "embedded"], result.Ledger[^1].Figures!.Accepted);
        await PackedPackages.RunAsync("kill", folder, "-TERM", $"{sample.Id}");
        await sample.WaitForExitAsync(Stop);
        Assert.True(sample.ExitCode == 0, $"exit code {sample.ExitCode}: {await output}{await error}");
        Assert.Matches("agent embedded: [A-Z][a-z]+, round [0-9], joined True", await output);
        Assert.Contains("agent embedded: Stopped", await output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_agent_tells_all_mistakes_at_once_in_the_words_of_the_product()
    {
        string assembly = await packages.BuildSampleAsync("embedded-agent");

        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(() => PackedPackages.RunAsync(
            "dotnet", Path.GetDirectoryName(assembly)!, assembly, "--Agent:name=Not A Name", "--Agent:limits:nice=99"));

        Assert.Contains("exit code 2", ended.Message, StringComparison.Ordinal);
        Assert.Contains("Agent:name is 'Not A Name'; it must be 1 … 64 of the characters a-z, 0-9 and -", ended.Message, StringComparison.Ordinal);
        Assert.Contains("Agent:limits:nice is '99'; it must be a whole number, 0 … 19", ended.Message, StringComparison.Ordinal);
        Assert.Contains("data is missing; a trainer needs a JSONL, CSV or TSV file to train on", ended.Message, StringComparison.Ordinal);
        Assert.Contains("models.NAME is missing", ended.Message, StringComparison.Ordinal);
    }
}
