using System.Xml.Linq;

namespace EdgeFlora.Architecture.Tests;

/// <summary>The table of projects: who may know whom.</summary>
public sealed class ProjectTableTests
{
    /// <summary>Each project with all projects of ours that it may know.</summary>
    public static TheoryData<string, string[]> Table => new()
    {
        { "Contracts", [] },
        { "Storage", [] },
        { "Adapters", ["Storage"] },
        { "Protocol", ["Contracts"] },
        { "Transport", ["Contracts", "Storage"] },
        { "Aggregation", ["Adapters"] },
        { "Learning", ["Adapters"] },
        { "Learning.Torch", ["Adapters", "Learning"] },
        { "Coordinator", ["Contracts", "Storage", "Protocol", "Transport", "Adapters", "Aggregation"] },
        { "EdgeAgent", ["Contracts", "Storage", "Protocol", "Transport", "Adapters", "Learning"] },
        { "Experiments", ["Contracts", "Storage", "Protocol", "Transport", "Adapters", "Aggregation", "Learning", "Coordinator", "EdgeAgent"] },
        {
            "Testing", ["Contracts", "Storage", "Protocol", "Transport", "Adapters", "Aggregation", "Learning", "Coordinator", "EdgeAgent"]
        },
        {
            "Cli",
            [
                "Contracts", "Storage", "Transport", "Adapters", "Aggregation", "Learning", "Learning.Torch", "Coordinator", "EdgeAgent",
                "Experiments",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_project_knows_only_those_the_table_names(string project, string[] allowed)
    {
        IEnumerable<string> known = XDocument.Load(Path.Combine(SourceTree.Root, "src", project, $"{project}.csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

        Assert.Empty(known.Except(allowed));
    }

    /// <summary>Every project in the sources has its row.</summary>
    [Fact]
    public void The_table_is_complete()
    {
        string sources = Path.Combine(SourceTree.Root, "src");

        Assert.Equal(
            Directory.GetDirectories(sources).Select(folder => Path.GetFileName(folder)!)
                .Where(name => File.Exists(Path.Combine(sources, name, $"{name}.csproj"))).Order(),
            Table.Select(row => row.Data.Item1).Order());
    }

    /// <summary>MassTransit stays in Transport, so that the way out of it is one project; torch in Learning.Torch.</summary>
    [Theory]
    [InlineData("Contracts", "MassTransit", "TorchSharp", "Microsoft.")]
    [InlineData("Adapters", "MassTransit", "TorchSharp", "Microsoft.Extensions")]
    [InlineData("Aggregation", "MassTransit", "TorchSharp", "Microsoft.Extensions")]
    [InlineData("Transport", "TorchSharp")]
    [InlineData("Coordinator", "MassTransit", "TorchSharp")]
    [InlineData("EdgeAgent", "MassTransit", "TorchSharp")]
    [InlineData("Experiments", "MassTransit", "TorchSharp")]
    [InlineData("Testing", "MassTransit", "TorchSharp")]
    [InlineData("Cli", "MassTransit", "TorchSharp")]
    public void A_project_stays_clear_of_packages(string project, params string[] forbidden) =>
        Assert.DoesNotContain(References(project), name => forbidden.Any(start => name.StartsWith(start, StringComparison.Ordinal)));

    /// <summary>State machines without I/O, clock, bus or logging: nothing but the contract and the base library.</summary>
    [Fact]
    public void Protocol_is_pure() =>
        Assert.DoesNotContain(
            References("Protocol"),
            name => name != "EdgeFlora.Contracts"
                && name is not ("System.Runtime" or "System.Collections" or "System.Collections.Immutable" or "System.Linq" or "System.Memory"
                or "System.Security.Cryptography" or "System.Text.RegularExpressions"));

    /// <summary>The references that the compiler kept.</summary>
    private static IEnumerable<string> References(string project) => BuiltProject.Load(project).GetReferencedAssemblies().Select(name => name.Name!);
}
