using System.Text;
using System.Text.Json;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>Reads JSON, with places.</summary>
internal static class JsonSpecDocument
{
    /// <exception cref="SpecSyntaxException">The text is no JSON.</exception>
    public static SpecNode Read(string text, string? file)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var places = new JsonPlaces(bytes, file);
        try
        {
            reader.Read();
            SpecNode root = Node(ref reader, places, new DocumentLimits(), 0);
            return reader.Read()
                ? throw new SpecSyntaxException(places.At(reader.TokenStartIndex), "something follows the end of the spec here")
                : root;
        }
        catch (JsonException wrong)
        {
            string sentence = wrong.Message.Split(" LineNumber:")[0].TrimEnd('.', ' ');
            throw new SpecSyntaxException(
                new SpecPlace(file, (int)(wrong.LineNumber ?? 0) + 1, (int)(wrong.BytePositionInLine ?? 0) + 1),
                $"this is no JSON: {sentence}",
                wrong);
        }
    }

    private static SpecNode Node(ref Utf8JsonReader reader, JsonPlaces places, DocumentLimits limits, int depth)
    {
        SpecPlace place = places.At(reader.TokenStartIndex);
        limits.Count(place, depth);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var entries = new List<SpecEntry>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    SpecPlace named = places.At(reader.TokenStartIndex);
                    string name = reader.GetString()!;
                    reader.Read();
                    entries.Add(new SpecEntry(named, name, Node(ref reader, places, limits, depth + 1)));
                }

                return new SpecSection(place, entries);
            case JsonTokenType.StartArray:
                var items = new List<SpecNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Node(ref reader, places, limits, depth + 1));
                }

                return new SpecList(place, items);
            case JsonTokenType.String:
                return new SpecScalar(place, reader.GetString()!, Quoted: true);
            default:
                return new SpecScalar(place, Encoding.UTF8.GetString(reader.ValueSpan), Quoted: false);
        }
    }
}
