namespace EdgeFlora.Architecture.Tests;

/// <summary>A line that does not fit on a screen is not read to its end.</summary>
public sealed class LineLengthTests
{
    private const int Longest = 150;

    /// <summary>
    /// Longer lines of tests that stay: texts and JSON as they are, and tables of cases. A number here only shrinks.
    /// </summary>
    private static readonly Dictionary<string, int> Kept = new()
    {
        ["tests/Adapters.Tests"] = 29,
        ["tests/Aggregation.Tests"] = 12,
        ["tests/Architecture.Tests"] = 1,
        ["tests/Cli.Tests"] = 3,
        ["tests/Contracts.Tests"] = 2,
        ["tests/Coordinator.Tests"] = 89,
        ["tests/EdgeAgent.Tests"] = 3,
        ["tests/Integration.Tests"] = 1,
        ["tests/Learning.Tests"] = 75,
        ["tests/Protocol.Tests"] = 4,
    };

    public static TheoryData<string> InOrder =>
    [
        .. new[] { "src", "tests" }
            .SelectMany(part => Directory.GetDirectories(Path.Combine(SourceTree.Root, part)).Select(folder => $"{part}/{Path.GetFileName(folder)}")),
    ];

    [Theory]
    [MemberData(nameof(InOrder))]
    public void Lines_fit_on_a_screen(string folder)
    {
        string[] tooLong =
        [
            .. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .SelectMany(
                    file => File.ReadLines(file).Select((line, i) => (Place: $"{Path.GetRelativePath(SourceTree.Root, file)}:{i + 1}", line.Length)))
                .Where(line => line.Length > Longest)
                .Select(line => $"{line.Place} has {line.Length} characters"),
        ];

        int kept = Kept.GetValueOrDefault(folder);
        Assert.True(
            tooLong.Length == kept,
            $"{folder} has {tooLong.Length} lines over {Longest} characters and may have {kept}; break the new ones, or lower the number.\n"
                + string.Join('\n', tooLong));
    }
}
