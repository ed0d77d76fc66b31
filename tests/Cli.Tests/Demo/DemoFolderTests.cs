using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Demo;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class DemoFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-demo-folder-").FullName;

    [Fact]
    public void An_earlier_demo_is_replaced()
    {
        string path = Path.Combine(root, "run");
        DemoFolder earlier = DemoFolder.Take(path);
        File.WriteAllText(earlier.Report, "old");
        Directory.CreateDirectory(earlier.AgentState("agent-1"));

        DemoFolder folder = DemoFolder.Take(path);

        Assert.False(File.Exists(folder.Report));
        Assert.False(Directory.Exists(folder.AgentState("agent-1")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_with_somebody_elses_file_is_refused_and_left_as_it_was(bool demoBefore)
    {
        string path = Path.Combine(root, "mine");
        Directory.CreateDirectory(path);
        if (demoBefore)
        {
            File.WriteAllText(DemoFolder.Take(path).Report, "old");
        }

        string thesis = Path.Combine(path, "thesis.txt");
        File.WriteAllText(thesis, "years of work");
        string[] before = [.. Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal)];

        InputException refusal = Assert.Throws<InputException>(() => DemoFolder.Take(path));

        Assert.Contains("thesis.txt", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal));
        Assert.Equal("years of work", File.ReadAllText(thesis));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
