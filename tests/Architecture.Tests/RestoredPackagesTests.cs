using System.Text.Json;
using System.Xml.Linq;

namespace EdgeFlora.Architecture.Tests;

/// <summary>A package whose version is not to be had is replaced by a later one, with a warning (NU1603) on every build.</summary>
public sealed class RestoredPackagesTests
{
    [Fact]
    public void Every_package_that_is_asked_for_is_there_in_the_version_that_is_asked_for()
    {
        HashSet<string> asked =
        [
            .. XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props")).Descendants("PackageVersion")
                .Select(package => (string)package.Attribute("Include")!),
        ];
        string[] restored = Directory.GetFiles(Path.Combine(SourceTree.Root, "artifacts", "obj"), "project.assets.json", SearchOption.AllDirectories);

        Assert.NotEmpty(restored);
        Assert.Empty(restored.SelectMany(file => Replaced(file, asked)));
    }

    private static IEnumerable<string> Replaced(string file, HashSet<string> asked)
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(file));
        return assets.RootElement.TryGetProperty("logs", out JsonElement logs)
            ? [.. logs.EnumerateArray().Where(entry => entry.GetProperty("code").GetString() is "NU1601" or "NU1602" or "NU1603"
                && entry.TryGetProperty("libraryId", out JsonElement package) && asked.Contains(package.GetString()!))
                .Select(entry => entry.GetProperty("message").GetString()!)]
            : [];
    }
}
