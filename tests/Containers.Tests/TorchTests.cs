using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using EdgeFlora.Containers.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Containers.Tests;

/// <summary>The tests of the torch engine, as they were built here, on a system that can load libtorch.</summary>
public sealed partial class TorchTests
{
    private const string Tests = "EdgeFlora.Learning.Torch.Tests.dll";

    /// <summary>A system that can load libtorch, for a program that brings its own runtime.</summary>
    private static string TorchSystem =>
        Environment.GetEnvironmentVariable("EDGEFLORA_RABBITMQ_IMAGE") is { Length: > 0 } debian ? debian : "ubuntu:24.04";

    [Fact]
    public async Task The_torch_engine_passes_its_tests()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        Assert.SkipUnless(
            RuntimeInformation.RuntimeIdentifier.EndsWith("-x64", StringComparison.Ordinal) && OperatingSystem.IsLinux(),
            "the build of this machine does not run in a linux-x64 container");
        await Engine.RequireAsync();
        string build = Path.GetFullPath(Path.Combine(
            AppContext.BaseDirectory,
            "..",
            "..",
            "Learning.Torch.Tests",
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));
        Assert.True(File.Exists(Path.Combine(build, Tests)), $"{build} holds no {Tests}; build tests/Learning.Torch.Tests first");
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        await using IContainer container = new ContainerBuilder(TorchSystem)
            .WithLogger(NullLogger.Instance)
            .WithEntrypoint("/dotnet/dotnet")
            .WithCommand($"/tests/{Tests}")
            .WithBindMount(dotnet, "/dotnet", AccessMode.ReadOnly)
            .WithBindMount(build, "/tests", AccessMode.ReadOnly)
            .WithEnvironment("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
            .WithEnvironment("EDGEFLORA_TEST_TORCH", "1")
            .Build();
        await container.StartAsync(stop);
        long exit = await container.GetExitCodeAsync(stop);

        (string said, string complained) = await container.GetLogsAsync(timestampsEnabled: false, ct: stop);
        Match summary = Summary().Match(said);
        Assert.True(exit == 0 && summary.Success, $"exit code {exit}\n{said}\n{complained}");
        TestContext.Current.TestOutputHelper?.WriteLine(summary.Value);
        int Number(string group) => int.Parse(summary.Groups[group].Value, CultureInfo.InvariantCulture);
        Assert.True(Number("total") - Number("skipped") >= 49, $"Only the tests that need a GPU may be skipped: {summary.Value}");
    }

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: 0, Failed: 0, Skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
