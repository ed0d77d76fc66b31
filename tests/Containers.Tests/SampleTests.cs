using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Testing.Tests.Packages;

namespace EdgeFlora.Containers.Tests;

/// <summary>The sample of an integration test, built outside the solution of the packages alone.</summary>
public sealed class SampleTests(PackedPackages packages) : IClassFixture<PackedPackages>
{
    [Fact]
    public async Task The_integration_test_passes_in_containers()
    {
        await Engine.RequireImagesAsync();
        string assembly = await packages.BuildSampleAsync("integration-test");

        string said = await PackedPackages.RunAsync("dotnet", Path.GetDirectoryName(assembly)!, assembly, "-method", "*in_containers");

        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", said, StringComparison.Ordinal);
    }
}
