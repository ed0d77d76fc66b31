using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EdgeFlora.Architecture.Tests.Deployment;

/// <summary>The version stands in Directory.Build.props; files that users copy from name the same one.</summary>
public sealed partial class VersionTests
{
    /// <summary>Of everything that is built here.</summary>
    public static string Current { get; } =
        XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    [Theory]
    [InlineData("docs/install.md")]
    [InlineData("infra/kubernetes/README.md")]
    [InlineData("infra/kubernetes/agents.yaml")]
    [InlineData("infra/kubernetes/coordinator.yaml")]
    [InlineData("infra/kubernetes/enrol/job.yaml")]
    [InlineData("samples/embedded-agent/embedded-agent.csproj")]
    [InlineData("samples/integration-test/integration-test.csproj")]
    public void A_file_that_names_our_version_names_this_one(string file)
    {
        string[] named = [.. OurVersion().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, file))).Select(match => match.Groups[1].Value)];

        Assert.NotEmpty(named);
        Assert.All(named, version => Assert.Equal(Current, version));
    }

    /// <summary>The last release that agents and coordinators must get along with is an earlier one.</summary>
    [Fact]
    public void The_release_before_is_older() =>
        Assert.True(Version.Parse(Current) > Version.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, "eng", "previous-release")).Split(' ')[0]));

    /// <summary>An image, an archive or a package of ours with its version.</summary>
    [GeneratedRegex("""(?:edgeflora/\w+:|edgeflora_|"EdgeFlora\.\w+" Version=")(\d+\.\d+\.\d+)""")]
    private static partial Regex OurVersion();
}
