namespace EdgeFlora.Architecture.Tests;

/// <summary>A file that is longer than this holds two things: the second gets a name and a file of its own.</summary>
public sealed class FileLengthTests
{
    private const int Longest = 300;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void Files_are_read_in_one_sitting(string part)
    {
        string[] tooLong =
        [
            .. Directory.GetDirectories(Path.Combine(SourceTree.Root, part))
                .SelectMany(project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)
                .Select(file => (Place: Path.GetRelativePath(SourceTree.Root, file), Lines: File.ReadLines(file).Count()))
                .Where(file => file.Lines > Longest)
                .Select(file => $"{file.Place} has {file.Lines} lines, more than {Longest}"),
        ];

        Assert.True(tooLong.Length == 0, string.Join('\n', tooLong));
    }
}
