namespace EdgeFlora.Architecture.Tests;

/// <summary>Folders of a project, which are its namespaces, see each other in one direction only.</summary>
public sealed class FolderCycleTests
{
    public static TheoryData<string> Projects => [.. ProjectTableTests.Table.Select(row => row.Data.Item1)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_have_no_cycle(string project)
    {
        IReadOnlyDictionary<string, HashSet<string>> uses = FolderGraph.Of(project);

        Assert.NotEmpty(uses);
        Assert.Equal(string.Empty, FolderGraph.Cycle(uses));
    }

    /// <summary>What a folder uses is read from the bodies of its methods too.</summary>
    [Fact]
    public void Uses_are_seen() => Assert.Contains("Store", FolderGraph.Of("Coordinator")["Hosting"]);

    /// <summary>Commands are a heading over the verbs, which count by themselves.</summary>
    [Fact]
    public void Folders_of_a_heading_count_by_themselves()
    {
        SortedDictionary<string, HashSet<string>> uses = FolderGraph.Of("Cli");

        Assert.Contains("Commands/Coordinator", uses["Commands/Run"]);
        Assert.DoesNotContain("Commands", uses.Keys);
    }

    /// <summary>
    /// The finder of cycles finds one, between folders or through a type of the root; types of the root that know each other are none.
    /// </summary>
    [Theory]
    [InlineData("A -> B -> C -> A", "A:B", "B:C", "C:A", "D:A")]
    [InlineData("A -> (B) -> C -> A", "A:(B)", "(B):C", "C:A")]
    [InlineData("", "A:(B)", "(B):(C)", "(C):(B)")]
    public void A_cycle_is_found(string expected, params string[] edges)
    {
        var uses = edges.SelectMany(edge => edge.Split(':')).Distinct().ToDictionary(
            name => name, name => edges.Select(edge => edge.Split(':')).Where(edge => edge[0] == name).Select(edge => edge[1]).ToHashSet());

        Assert.Equal(expected, FolderGraph.Cycle(uses));
    }
}
