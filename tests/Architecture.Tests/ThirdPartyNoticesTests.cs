using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace EdgeFlora.Architecture.Tests;

/// <summary><c>THIRD-PARTY-NOTICES.md</c> names every package that travels with the program, and none has a licence that we do not take.</summary>
/// <remarks>The packages are those that the last restore resolved, and their licences what the packages say of themselves.</remarks>
public sealed class ThirdPartyNoticesTests
{
    private const string Accept = "EDGEFLORA_ACCEPT_NOTICES";

    /// <summary>Of two, we take the first.</summary>
    private static readonly string[] Licences = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "Apache-2.0 OR MPL-2.0"];

    /// <summary>Packages that give an address in place of a licence's short name: what stands there, read by a person. SkiaSharp comes with TorchSharp.</summary>
    private static readonly Dictionary<string, string> Read = new(StringComparer.Ordinal)
    {
        ["SkiaSharp"] = "MIT",
        ["SkiaSharp.NativeAssets.macOS"] = "MIT",
        ["SkiaSharp.NativeAssets.Win32"] = "MIT",
    };

    /// <summary>The natives of the torch engine: another package on each platform, whose licence stands in a file.</summary>
    private const string Libtorch = "libtorch-";

    private static readonly Package Torch = new("libtorch (torch engine only)", "BSD-3-Clause", "PyTorch contributors", "https://pytorch.org");

    /// <summary>What comes with each program: the projects whose output people get.</summary>
    private static readonly string[] Programs = ["Cli", "Learning.Torch"];

    [Fact]
    public void The_notices_name_every_package_that_travels_with_the_program()
    {
        string file = Path.Combine(SourceTree.Root, "THIRD-PARTY-NOTICES.md");
        string expected = Notices(Programs.SelectMany(PackagesOf).Append(Torch).DistinctBy(package => package.Id).OrderBy(package => package.Id, StringComparer.OrdinalIgnoreCase));
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(file, expected);
        }

        Assert.True(
            File.Exists(file) && File.ReadAllText(file) == expected,
            $"THIRD-PARTY-NOTICES.md is not what the packages say. If the packages are meant, write it anew: {Accept}=1 dotnet test tests/Architecture.Tests");
    }

    [Fact]
    public void Every_package_has_a_licence_that_we_take() =>
        Assert.All(Programs.SelectMany(PackagesOf), package => Assert.Contains(package.Licence, Licences));

    private static string Notices(IEnumerable<Package> packages)
    {
        var text = new StringBuilder();
        text.Append("# Third-party notices\n\nEdgeFlora's programs contain the .NET runtime and ASP.NET Core (MIT, © .NET Foundation and contributors) and these packages.\n");
        text.Append("Versions are in `Directory.Packages.props`; each package's own licence text is at its address.\n\n| Package | Licence | Copyright or authors | Address |\n|---|---|---|---|\n");
        foreach (Package package in packages)
        {
            text.Append($"| {package.Id} | {package.Licence} | {package.Owners} | {package.Address} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<Package> PackagesOf(string project)
    {
        using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, "artifacts", "obj", project, "project.assets.json")));
        string[] folders = [.. assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        foreach (JsonProperty library in assets.RootElement.GetProperty("libraries").EnumerateObject().Where(IsPackage))
        {
            string path = library.Value.GetProperty("path").GetString()!;
            string nuspec = library.Value.GetProperty("files").EnumerateArray().Select(f => f.GetString()!).Single(f => f.EndsWith(".nuspec", StringComparison.Ordinal));
            if (!IsOnlyForBuilding(assets, library.Name))
            {
                yield return Describe(folders.Select(folder => Path.Combine(folder, path, nuspec)).First(File.Exists));
            }
        }
    }

    private static bool IsPackage(JsonProperty library) =>
        library.Value.GetProperty("type").GetString() == "package" && !library.Name.StartsWith(Libtorch, StringComparison.OrdinalIgnoreCase);

    /// <summary>Analyzers and the like bring nothing that is loaded when the program runs.</summary>
    private static bool IsOnlyForBuilding(JsonDocument assets, string library) => assets.RootElement.GetProperty("targets").EnumerateObject().All(target =>
        !target.Value.TryGetProperty(library, out JsonElement use)
        || !new[] { "runtime", "native", "runtimeTargets", "resource" }.Any(kind => use.TryGetProperty(kind, out JsonElement files) && files.EnumerateObject().Any(IsFile)));

    private static bool IsFile(JsonProperty file) => Path.GetFileName(file.Name) != "_._";

    private static Package Describe(string nuspec)
    {
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
        string Of(string name) => metadata.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim().ReplaceLineEndings(" ") ?? "";
        XElement? licence = metadata.Elements().FirstOrDefault(e => e.Name.LocalName == "license");
        string id = Of("id");
        string name = licence?.Attribute("type")?.Value == "expression" ? licence.Value : Read.GetValueOrDefault(id, $"unknown ({licence?.Value ?? Of("licenseUrl")})");
        return new Package(id, name, Of("copyright") is { Length: > 0 } owners ? owners : Of("authors"), Of("projectUrl"));
    }

    private sealed record Package(string Id, string Licence, string Owners, string Address);
}
