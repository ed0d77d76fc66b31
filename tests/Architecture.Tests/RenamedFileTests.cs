namespace EdgeFlora.Architecture.Tests;

/// <summary>A file that is renamed before its content is on the disk is empty after a power cut.</summary>
public sealed class RenamedFileTests
{
    private const string Rename = "File.Move(";

    [Fact]
    public void Files_get_their_names_in_one_place()
    {
        string source = Path.Combine(SourceTree.Root, "src");

        Assert.Equal(
            [Path.Combine("Storage", "AtomicFile.cs")],
            Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                .Where(file => File.ReadAllText(file).Contains(Rename, StringComparison.Ordinal))
                .Select(file => Path.GetRelativePath(source, file)));
    }

    [Fact]
    public void There_the_content_is_brought_to_the_disk_first_and_the_name_at_last()
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, "src", "Storage", "AtomicFile.cs"));
        int[] steps = [At("Flush(flushToDisk: true)"), At(Rename), At("FolderSync.Flush(folder)")];

        Assert.Equal(steps.Order(), steps);
        Assert.All(steps, step => Assert.NotEqual(-1, step));

        int At(string step) => text.IndexOf(step, StringComparison.Ordinal);
    }
}
