using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>
/// Reads YAML as far as a spec needs it: one document, no anchors, aliases, tags or merged keys, all of which can make much of little.
/// </summary>
internal sealed class YamlDocument
{
    private readonly string? file;
    private readonly IParser parser;
    private readonly DocumentLimits limits = new();

    private YamlDocument(string text, string? file)
    {
        this.file = file;
        parser = new Parser(new StringReader(text));
    }

    /// <exception cref="SpecSyntaxException">The text is no YAML, or uses what is not read.</exception>
    public static SpecNode Read(string text, string? file)
    {
        var document = new YamlDocument(text, file);
        try
        {
            return document.Document();
        }
        catch (YamlException wrong)
        {
            throw Tab(text, file) ?? new SpecSyntaxException(Place(file, wrong.Start), $"this is no YAML: {Sentence(wrong)}", wrong);
        }
        catch (InvalidOperationException wrong)
        {
            // YamlDotNet 18.1 ends so where control characters stand in plain text.
            throw new SpecSyntaxException(
                Place(file, document.parser.Current?.End ?? Mark.Empty), "this is no YAML: a character after this place cannot stand there", wrong);
        }
    }

    private SpecNode Document()
    {
        parser.Consume<StreamStart>();
        DocumentStart start = parser.Consume<DocumentStart>();
        if (start.Version is not null || start.Tags?.Any(tag => tag.Handle is not ("!" or "!!")) == true)
        {
            throw new SpecSyntaxException(Place(file, start.Start), "%YAML and %TAG lines are not read; leave them out");
        }

        SpecNode root = Node(0);
        parser.Consume<DocumentEnd>();
        return parser.Current is DocumentStart second
            ? throw new SpecSyntaxException(
                Place(file, second.Start), "a second document begins here; a spec is one run: put the other one into a file of its own")
            : root;
    }

    private SpecNode Node(int depth)
    {
        ParsingEvent current = parser.Current ?? throw new SpecSyntaxException(new SpecPlace(file), "the spec ends too early");
        SpecPlace place = Place(file, current.Start);
        limits.Count(place, depth);
        if (current is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
        {
            throw new SpecSyntaxException(
                place, "anchors (&name) and aliases (*name) are not read; write the value out, or in quotes if it is a text that begins so");
        }

        if (current is NodeEvent { Tag.IsEmpty: false } tagged)
        {
            throw new SpecSyntaxException(place, $"the tag {tagged.Tag.Value} is not read; leave it out");
        }

        parser.MoveNext();
        switch (current)
        {
            case Scalar scalar:
                return new SpecScalar(place, scalar.Value, scalar.Style != ScalarStyle.Plain);
            case SequenceStart:
                var items = new List<SpecNode>();
                while (parser.Current is not SequenceEnd)
                {
                    items.Add(Node(depth + 1));
                }

                parser.MoveNext();
                return new SpecList(place, items);
            case MappingStart:
                var entries = new List<SpecEntry>();
                while (parser.Current is not MappingEnd)
                {
                    entries.Add(Entry(depth + 1));
                }

                parser.MoveNext();
                return new SpecSection(place, entries);
            default:
                throw new SpecSyntaxException(place, "the spec ends too early");
        }
    }

    private SpecEntry Entry(int depth) => Node(depth) is SpecScalar key
        ? new SpecEntry(key.Place, key.Text, Node(depth))
        : throw new SpecSyntaxException(Place(file, parser.Current?.Start ?? Mark.Empty), "a name must be a single word, not a list or a section");

    /// <summary>YAML's most common mistake, which the parser reports in other words and at another place. Null: there is no such line.</summary>
    private static SpecSyntaxException? Tab(string text, string? file)
    {
        int line = Array.FindIndex(text.Split('\n'), line => line.AsSpan(0, line.Length - line.AsSpan().TrimStart().Length).Contains('\t'));
        return line < 0 ? null : new SpecSyntaxException(new SpecPlace(file, line + 1, 1), "this line is indented with a tab; YAML wants spaces");
    }

    private static string Sentence(YamlException wrong)
    {
        string message = wrong.Message.Split('\n')[0].TrimEnd('.', ' ');
        return message.Length == 0 ? "it breaks off here" : char.ToLowerInvariant(message[0]) + message[1..];
    }

    private static SpecPlace Place(string? file, Mark mark) => new(file, (int)mark.Line, (int)mark.Column);
}
