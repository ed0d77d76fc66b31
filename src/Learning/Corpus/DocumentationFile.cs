using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace EdgeFlora.Learning.Corpus;

/// <summary>Reads a compiler's XML documentation file.</summary>
internal static partial class DocumentationFile
{
    /// <summary>Largest file read, in characters; the longest of .NET 10 has under 8 million.</summary>
    private const long MaxCharacters = 64_000_000;

    private static readonly HashSet<string> Sections = new(StringComparer.Ordinal)
    {
        "summary", "remarks", "param", "typeparam", "returns", "value", "exception",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.Ordinal)
    {
        "para", "p", "br", "div", "list", "ul", "item", "li", "listheader", "term", "description",
    };

    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal) { "code", "script", "example", "content", "format" };

    /// <summary>Every paragraph of every documented member, in the file's order.</summary>
    /// <exception cref="InvalidDataException">The file is not XML; the message names it.</exception>
    public static IEnumerable<DocumentedText> Read(string path)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = MaxCharacters };
        using XmlReader reader = XmlReader.Create(path, settings);
        while (NextMember(reader, path) is { } member)
        {
            if (Origin(member.Attribute("name")?.Value ?? "") is not var (type, name))
            {
                continue;
            }

            foreach (XElement section in member.Elements().Where(e => Sections.Contains(e.Name.LocalName)))
            {
                foreach (string paragraph in Paragraphs(section))
                {
                    yield return new DocumentedText(type, name, paragraph);
                }
            }
        }
    }

    private static XElement? NextMember(XmlReader reader, string path)
    {
        try
        {
            while (!reader.EOF)
            {
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "member" })
                {
                    return (XElement)XNode.ReadFrom(reader);
                }

                reader.Read();
            }

            return null;
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"{path}: not an XML documentation file: {e.Message}", e);
        }
    }

    /// <summary>
    /// Type and member of a documentation id such as <c>M:System.Text.Json.JsonDocument.Parse(System.String)</c>; null for namespaces and broken ids.
    /// </summary>
    private static (string Type, string Member)? Origin(string id)
    {
        if (id.Length < 3 || id[1] != ':' || id[0] == 'N')
        {
            return null;
        }

        string name = GenericArity().Replace(id[2..].Split('(', '~')[0], "");
        if (id[0] == 'T')
        {
            return (name, LastPart(name));
        }

        int dot = name.LastIndexOf('.');
        if (dot <= 0)
        {
            return null;
        }

        string type = name[..dot];
        string member = name[(dot + 1)..];
        return (type, member.StartsWith('#') ? LastPart(type) : LastPart(member.Replace('#', '.')));
    }

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static IEnumerable<string> Paragraphs(XElement section)
    {
        var text = new StringBuilder();
        Render(section, text);
        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static void Render(XElement element, StringBuilder text)
    {
        foreach (XNode node in element.Nodes())
        {
            switch (node)
            {
                case XText plain:
                    // Names in running text (JsonDocument, System.IO, Parse()) are names too.
                    text.Append(Identifier().Replace(Whitespace().Replace(plain.Value, " "), "_").Replace("-or-", "\n", StringComparison.Ordinal));
                    break;
                case XElement child when Skipped.Contains(child.Name.LocalName):
                    text.Append('\n');
                    break;
                case XElement child when Blocks.Contains(child.Name.LocalName):
                    text.Append('\n');
                    Render(child, text);
                    text.Append('\n');
                    break;
                case XElement { Name.LocalName: "paramref" } child:
                    text.Append(Words(child.Attribute("name")?.Value ?? ""));
                    break;
                case XElement { Name.LocalName: "typeparamref" }:
                    text.Append('_');
                    break;
                case XElement child when child.Attribute("langword") is { } word:
                    // Keywords are words (null, true); some authors put type names here.
                    text.Append(word.Value.All(char.IsAsciiLetterLower) ? word.Value : "_");
                    break;
                case XElement { IsEmpty: true } child when child.Attribute("cref") is not null:
                    text.Append('_');
                    break;
                case XElement child:
                    Render(child, text);
                    break;
            }
        }
    }

    /// <summary>A parameter's name as words: <c>utf8Json</c> is "utf8 json".</summary>
    private static string Words(string name) => Hump().Replace(name, " ").ToLowerInvariant();

    [GeneratedRegex("`+[0-9]+")]
    private static partial Regex GenericArity();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Hump();

    /// <summary>A word with an inner hump, an underscore, a dot between letters (not "e.g"), generic arguments or a call's parentheses.</summary>
    [GeneratedRegex(@"\b(?:\w*[a-z0-9][A-Z]\w*|\w+_\w+|[A-Z]\w+(?:\.[A-Za-z]\w+)+|[A-Z]\w+(?=<\w+>|\(\)))(?:\.\w+)*(?:<[\w, ]*>)?(?:\(\w*\))?")]
    private static partial Regex Identifier();
}
