using System.IO.Compression;
using System.Xml.Linq;

namespace EdgeFlora.Testing.Tests.Packages;

/// <summary>What is in each package.</summary>
[Collection(nameof(PackedPackages))]
public sealed class PackageTests(PackedPackages packages)
{
    private static readonly string Version = typeof(Federation).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// Each package with those that it depends on, itself or through others whose versions are central; all but Microsoft's.
    /// </summary>
    public static TheoryData<string, string[]> Table => new()
    {
        { "EdgeFlora.Contracts", [] },
        { "EdgeFlora.Storage", [] },
        { "EdgeFlora.Protocol", ["EdgeFlora.Contracts"] },
        { "EdgeFlora.Adapters", ["EdgeFlora.Storage", "System.Numerics.Tensors"] },
        { "EdgeFlora.Aggregation", ["EdgeFlora.Adapters", "System.Numerics.Tensors"] },
        { "EdgeFlora.Transport", ["EdgeFlora.Contracts", "EdgeFlora.Storage", "MassTransit", "MassTransit.RabbitMQ", "RabbitMQ.Client"] },
        { "EdgeFlora.Learning", ["EdgeFlora.Adapters", "System.Numerics.Tensors"] },
        {
            "EdgeFlora.Coordinator",
            [
                "AWSSDK.S3", "Dapper", "EdgeFlora.Adapters", "EdgeFlora.Aggregation", "EdgeFlora.Contracts", "EdgeFlora.Protocol",
                "EdgeFlora.Transport", "MassTransit", "MassTransit.RabbitMQ", "Npgsql", "prometheus-net.AspNetCore", "RabbitMQ.Client",
                "System.Numerics.Tensors", "YamlDotNet", "Yarp.ReverseProxy",
            ]
        },
        {
            "EdgeFlora.EdgeAgent",
            [
                "EdgeFlora.Adapters", "EdgeFlora.Contracts", "EdgeFlora.Learning", "EdgeFlora.Transport", "MassTransit", "MassTransit.RabbitMQ",
                "Polly.Core", "Polly.Extensions", "RabbitMQ.Client", "System.Numerics.Tensors", "YamlDotNet",
            ]
        },
        {
            "EdgeFlora.Testing",
            [
                "AWSSDK.S3", "Dapper", "EdgeFlora.Adapters", "EdgeFlora.Contracts", "EdgeFlora.Coordinator", "EdgeFlora.EdgeAgent",
                "EdgeFlora.Learning", "EdgeFlora.Transport", "MassTransit", "MassTransit.RabbitMQ", "Npgsql", "Polly.Core", "Polly.Extensions",
                "prometheus-net.AspNetCore", "RabbitMQ.Client", "System.Numerics.Tensors", "Testcontainers", "Testcontainers.RabbitMq",
                "YamlDotNet", "Yarp.ReverseProxy",
            ]
        },
    };

    [Fact]
    public void There_are_these_packages_and_no_others() => Assert.Equal(
        Table.SelectMany(row => new[] { $"{row.Data.Item1}.{Version}.nupkg", $"{row.Data.Item1}.{Version}.snupkg" }).Order(StringComparer.Ordinal),
        Directory.GetFiles(packages.Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Table))]
    public void A_package_depends_on_what_the_table_says(string package, string[] expected) => Assert.Equal(
        expected,
        Manifest(package).Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(dependency => (string)dependency.Attribute("id")!)
            .Where(id => !id.StartsWith("Microsoft.", StringComparison.Ordinal))
            .Order(StringComparer.OrdinalIgnoreCase));

    [Theory]
    [MemberData(nameof(Table))]
    public void A_package_holds_assembly_documentation_and_readme_and_nothing_else(string package, string[] dependencies)
    {
        Assert.NotNull(dependencies);
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{package}.{Version}.nupkg"));

        Assert.Equal(
            [$"{package}.nuspec", $"lib/net10.0/{package}.dll", $"lib/net10.0/{package}.xml", "README.md"],
            archive.Entries.Select(entry => entry.FullName).Where(name => !IsOfTheFormat(name)).Order(StringComparer.OrdinalIgnoreCase));
        using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{package}.{Version}.snupkg"));
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{package}.pdb" && entry.Length > 0);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_package_says_what_it_is_and_under_which_licence(string package, string[] dependencies)
    {
        Assert.NotNull(dependencies);
        XElement manifest = Manifest(package).Elements().Single(element => element.Name.LocalName == "metadata");
        string Of(string name) => manifest.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value ?? "";

        Assert.Equal((Version, "EdgeFlora contributors", "Apache-2.0", "README.md"), (Of("version"), Of("authors"), Of("license"), Of("readme")));
        Assert.Equal("expression", (string?)manifest.Elements().Single(element => element.Name.LocalName == "license").Attribute("type"));
        Assert.NotEqual("Package Description", Of("description"));
        XElement repository = manifest.Elements().Single(element => element.Name.LocalName == "repository");
        Assert.Equal("git", (string?)repository.Attribute("type"));
        Assert.Matches("^[0-9a-f]{40}$", (string?)repository.Attribute("commit"));
    }

    /// <summary>A product sees the agent, and what adapters, messages and training plans are made of; not what the agent speaks with.</summary>
    [Fact]
    public void A_product_compiles_against_nothing_but_the_agent_and_what_its_words_are_made_of() => Assert.Equal(
        ["EdgeFlora.Adapters", "EdgeFlora.Contracts", "EdgeFlora.Learning", "System.Numerics.Tensors"],
        Manifest("EdgeFlora.EdgeAgent").Descendants().Where(element => element.Name.LocalName == "dependency")
            .Where(dependency => !((string?)dependency.Attribute("exclude") ?? "").Contains("Compile", StringComparison.Ordinal))
            .Select(dependency => (string)dependency.Attribute("id")!)
            .Where(id => !id.StartsWith("Microsoft.", StringComparison.Ordinal))
            .Order(StringComparer.OrdinalIgnoreCase));

    /// <summary>What every package of the format has.</summary>
    private static bool IsOfTheFormat(string name) =>
        name is "[Content_Types].xml" || name.StartsWith("_rels/", StringComparison.Ordinal) || name.StartsWith("package/", StringComparison.Ordinal);

    private XElement Manifest(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{package}.{Version}.nupkg"));
        using Stream manifest = archive.GetEntry($"{package}.nuspec")!.Open();
        return XDocument.Load(manifest).Root!;
    }
}
