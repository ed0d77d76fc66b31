using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>decoder</c> of <c>tokenizer.json</c>.</summary>
internal static class DecoderJson
{
    private const string Supported = "Sequence, ByteLevel, ByteFallback, BPEDecoder, CTC, Metaspace, WordPiece, Replace, Fuse, Strip";

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
                string mark = component.Character("replacement");
                bool prepended = component.TextOrNull("prepend_scheme") is { } scheme
                    ? scheme != "never"
                    : component.Flag("add_prefix_space", absent: true);
                return tokens => Decoders.Metaspace(tokens, mark, prepended);
            case "WordPiece":
                string prefix = component.TextOrNull("prefix") ?? "##";
                bool cleaned = component.Flag("cleanup", absent: true);
                return tokens => Decoders.WordPiece(tokens, prefix, cleaned);
            case "BPEDecoder":
                string suffix = component.TextOrNull("suffix") ?? "</w>";
                return tokens => Decoders.Bpe(tokens, suffix);
            case "CTC":
                string pad = component.TextOrNull("pad_token") ?? "<pad>";
                string delimiter = component.TextOrNull("word_delimiter_token") ?? "|";
                bool restored = component.Flag("cleanup", absent: true);
                return tokens => Decoders.Ctc(tokens, pad, delimiter, restored);
            case "Replace":
                Delimiters find = PatternJson.Read(component.Child("pattern"));
                string content = component.Text("content");
                return tokens => [.. tokens.Select(token => Replacement.Of(token, find, content))];
            case "Strip":
                string character = component.Character("content");
                int start = component.Count("start");
                int stop = component.Count("stop");
                return tokens => Decoders.Strip(tokens, character, start, stop);
            default:
                throw component.Unsupported(Supported);
        }
    }
}
