using PublicApiGenerator;

namespace EdgeFlora.Architecture.Tests;

/// <summary>
/// What other programs may build on changes only on purpose: each project's public API is held against a file that is reviewed with the change.
/// </summary>
/// <remarks>The files are <c>tests/Architecture.Tests/PublicApi/PROJECT.txt</c>; <c>EDGEFLORA_ACCEPT_API=1</c> writes them anew.</remarks>
public sealed class PublicApiTests
{
    private static readonly bool Accept = Environment.GetEnvironmentVariable("EDGEFLORA_ACCEPT_API") == "1";

    [Theory]
    [InlineData("Contracts")]
    [InlineData("Adapters")]
    [InlineData("Aggregation")]
    [InlineData("Learning")]
    [InlineData("EdgeAgent")]
    [InlineData("Testing")]
    public void The_public_API_is_the_reviewed_one(string project)
    {
        string file = Path.Combine(SourceTree.Root, "tests", "Architecture.Tests", "PublicApi", $"{project}.txt");
        string api = BuiltProject.Load(project).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
            .ReplaceLineEndings("\n") + "\n";
        if (Accept)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, api);
        }

        string[] reviewed = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] found = api.Split('\n')[..^1];

        Assert.True(
            reviewed.SequenceEqual(found),
            $"The public API of {project} is not that of {Path.GetRelativePath(SourceTree.Root, file)}."
                + "\nIf that is meant, run this test with EDGEFLORA_ACCEPT_API=1 and commit the file:"
                + "\n  EDGEFLORA_ACCEPT_API=1 dotnet test tests/Architecture.Tests -c Release --filter PublicApiTests"
                + $"\nGone:\n{Lines(reviewed.Except(found))}\nNew:\n{Lines(found.Except(reviewed))}");
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Take(50).Select(line => "  " + line.Trim()));
}
