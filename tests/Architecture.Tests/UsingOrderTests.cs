using System.Text.RegularExpressions;

namespace EdgeFlora.Architecture.Tests;

/// <summary>
/// Directives stand as "dotnet format" puts them: namespaces, then static ones, then aliases, each in the order of names, those of System first. The
/// build does not look at their order, and the rest of "dotnet format" asks what the build has asked.
/// </summary>
public sealed partial class UsingOrderTests
{
    public static TheoryData<string> Parts => ["src", "tests", "bench", "samples"];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Using_directives_are_in_order(string part)
    {
        string[] wrong =
        [
            .. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, part), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .SelectMany(file => Misplaced(File.ReadLines(file)).Select(line => $"{Path.GetRelativePath(SourceTree.Root, file)}: {line}")),
        ];

        Assert.True(wrong.Length == 0, $"These stand after one that comes after them (dotnet format puts them right):\n{string.Join('\n', wrong)}");
    }

    [Theory]
    [InlineData("using B;", "using A;")]
    [InlineData("using A;", "using System;")]
    [InlineData("using A.B;", "using A;")]
    [InlineData("using static A;", "using B;")]
    [InlineData("using A = B;", "using static A;")]
    public void A_directive_in_the_wrong_place_is_found(string first, string second)
    {
        Assert.Equal([second], Misplaced([first, second]));
        Assert.Empty(Misplaced([second, first]));
        Assert.Empty(Misplaced([first, "", second]));
    }

    private static IEnumerable<string> Misplaced(IEnumerable<string> lines)
    {
        string? before = null;
        foreach (string line in lines)
        {
            string? directive = Directive().IsMatch(line) ? line : null;
            if (before is not null && directive is not null && Compare(before, directive) > 0)
            {
                yield return directive;
            }

            before = directive;
        }
    }

    private static int Compare(string one, string other)
    {
        (int Kind, string[] Names) a = Key(one), b = Key(other);
        if (a.Kind != b.Kind)
        {
            return a.Kind.CompareTo(b.Kind);
        }

        for (int i = 0; i < Math.Min(a.Names.Length, b.Names.Length); i++)
        {
            int order = string.Compare(a.Names[i], b.Names[i], StringComparison.OrdinalIgnoreCase);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Names.Length.CompareTo(b.Names.Length);
    }

    private static (int Kind, string[] Names) Key(string line)
    {
        Match parts = Directive().Match(line);
        string[] names = (parts.Groups["alias"].Success ? parts.Groups["alias"].Value : parts.Groups["name"].Value).Split('.');
        int rank = names[0] == "System" ? 0 : 1;
        return (parts.Groups["alias"].Success ? 4 : parts.Groups["static"].Success ? 2 + rank : rank, names);
    }

    [GeneratedRegex(@"^(global )?using (?<static>static )?((?<alias>\w+) = )?(?<name>[^;()]+);$")]
    private static partial Regex Directive();
}
