using EdgeFlora.Learning.Tokenizers.Decoding;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>decoder</c> of <c>tokenizer.json</c>.</summary>
internal static class DecoderJson
{
    private const string Supported = "Sequence, ByteLevel, ByteFallback, Metaspace, WordPiece, Replace, Fuse, Strip";

    /// <param name="json">The component; null puts spaces between tokens.</param>
    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public static TokenDecoder Read(JsonComponent? json)
    {
        if (json is not { } component)
        {
            return Decoders.Spaced;
        }

        switch (component.Type)
        {
            case "Sequence":
                TokenDecoder[] steps = [.. component.Child("decoders").Items().Select(step => Read(step))];
                return tokens => steps.Aggregate(tokens, (current, step) => step(current));
            case "ByteLevel":
                return Decoders.ByteLevel;
            case "ByteFallback":
                return Decoders.ByteFallback;
            case "Fuse":
                return Decoders.Fuse;
            case "Metaspace":
                char mark = Character(component, "replacement");
                bool prepended = component.TextOrNull("prepend_scheme") is { } scheme ? scheme != "never" : component.Flag("add_prefix_space", absent: true);
                return tokens => Decoders.Metaspace(tokens, mark, prepended);
            case "WordPiece":
                string prefix = component.TextOrNull("prefix") ?? "##";
                bool cleaned = component.Flag("cleanup", absent: true);
                return tokens => Decoders.WordPiece(tokens, prefix, cleaned);
            case "Replace":
                return Replace(component);
            case "Strip":
                char character = Character(component, "content");
                int start = component.Count("start");
                int stop = component.Count("stop");
                return tokens => Decoders.Strip(tokens, character, start, stop);
            default:
                throw component.Unsupported(Supported);
        }
    }

    private static char Character(JsonComponent component, string name) =>
        component.Text(name) is [var character] ? character : throw component.Child(name).Wrong("one character");

    private static TokenDecoder Replace(JsonComponent component)
    {
        JsonComponent pattern = component.Child("pattern");
        if (pattern.TextOrNull("String") is not { Length: > 0 } old)
        {
            throw pattern.Wrong("{\"String\": …}, not empty; other patterns are not supported in a decoder");
        }

        string content = component.Text("content");
        return tokens => [.. tokens.Select(token => token.Replace(old, content, StringComparison.Ordinal))];
    }
}
