using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PostProcessing;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary><c>vocab.tsv</c>: a line for each piece with its id, itself as a JSON string and its score.</summary>
/// <remarks>A vocabulary with tokens for bytes is that of a llama2.c model, one without that of Universal Sentence Encoder Lite.</remarks>
internal static class ScoredVocabularyFile
{
    private const int MaxLength = 256;
    private const int UseLiteReserved = 6;

    // Its </s>. The model was made for single sentences; between two it is a mark whose meaning fine-tuning gives.
    private const int UseLiteSeparator = 2;
    private const int LlamaUnknown = 0;
    private const int LlamaBegin = 1;
    private const int LlamaEnd = 2;

    // What those models learnt to write after a text is the beginning of the next; </s> was never seen.
    private const int LlamaDelimiter = LlamaBegin;

    /// <exception cref="InvalidDataException">A line is wrong; the message names it.</exception>
    public static ITokenizer Read(string path)
    {
        var pieces = new List<string>();
        var scores = new List<double>();
        foreach (string line in Encoding.UTF8.GetString(TokenizerText.Bytes(path)).Split('\n').Where(line => line.Length > 0))
        {
            (string piece, double score) = Parse(line, pieces.Count);
            pieces.Add(piece);
            scores.Add(score);
        }

        return pieces.Count <= UseLiteReserved
            ? throw new InvalidDataException($"the vocabulary has {pieces.Count} pieces; it should have over {UseLiteReserved}.")
            : pieces.Contains(ByteTokens.Name(0)) ? Llama(pieces, scores) : UseLite(pieces, scores);
    }

    private static (string Piece, double Score) Parse(string line, int id)
    {
        try
        {
            if (line.TrimEnd('\r').Split('\t') is [var number, var json, var score]
                && number == id.ToString(CultureInfo.InvariantCulture) && id < Vocabulary.MaxTokens
                && JsonSerializer.Deserialize<string>(json) is { Length: > 0 and <= MaxLength } piece
                && double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
            {
                return (piece, value);
            }
        }
        catch (JsonException)
        {
            // Told below, with the line.
        }

        throw new InvalidDataException(
            $"line {id + 1} should be {id}, a tab, a piece of 1 … {MaxLength} characters as a JSON string, a tab and its score.");
    }

    /// <summary>
    /// SentencePiece's rules as llama2.c has them: a space in front, characters or their bytes, neighbours merged into the piece of the highest
    /// score.
    /// </summary>
    private static PipelineTokenizer Llama(List<string> pieces, List<double> scores)
    {
        Dictionary<string, int> all = Ids(pieces, 0);
        Dictionary<string, int> text = new(all.Where(piece => piece.Value > LlamaEnd && ByteTokens.Value(piece.Key) is null), StringComparer.Ordinal);
        var parts = new TokenizerParts
        {
            Vocabulary = new Vocabulary(all, new HashSet<int> { LlamaUnknown, LlamaBegin, LlamaEnd }),
            Normalize = words => words.Length == 0 ? words : ' ' + words,
            Divide = PreTokenizerJson.Whole,
            Model = new BpeModel(
                text, Merges(text, scores), new BpeSettings(LlamaUnknown, FusesUnknown: false, WholeWordsFirst: false), ByteTokens.Of(all)),
            Hidden = FrozenSet<int>.Empty,
            Template = Template.Begun(LlamaBegin),
            Decode = tokens => Decoders.Strip(Decoders.Fuse(Decoders.ByteFallback(tokens)), " ", start: 1, stop: 0),
            Special = new SpecialTokens(Pad: null, LlamaUnknown, LlamaBegin, LlamaDelimiter, Mask: null),
        };
        return new PipelineTokenizer(parts, matchesSpecial: false);
    }

    private static Dictionary<(int Left, int Right), BpeMerge> Merges(Dictionary<string, int> pieces, List<double> scores)
    {
        double[] falling = [.. pieces.Values.Select(id => scores[id]).Distinct().OrderDescending()];
        Dictionary<double, int> ranks = falling.Select((score, rank) => (score, rank)).ToDictionary(pair => pair.score, pair => pair.rank);
        var merges = new Dictionary<(int Left, int Right), BpeMerge>();
        foreach ((string piece, int id) in pieces)
        {
            for (int cut = 1; cut < piece.Length; cut++)
            {
                if (pieces.TryGetValue(piece[..cut], out int left) && pieces.TryGetValue(piece[cut..], out int right))
                {
                    merges[(left, right)] = new BpeMerge(ranks[scores[id]], id);
                }
            }
        }

        return merges;
    }

    private static PipelineTokenizer UseLite(List<string> pieces, List<double> scores)
    {
        const char Mark = '▁';
        Dictionary<string, int> text = Ids(pieces, UseLiteReserved);
        var parts = new TokenizerParts
        {
            Vocabulary = new Vocabulary(
                [.. pieces.Select((piece, id) => KeyValuePair.Create(piece, id))], Enumerable.Range(0, UseLiteReserved).ToHashSet()),
            Normalize = words =>
                UnicodeNormalization.Normalize(words, UnicodeForm.Nfkc) is { Length: > 0 } compatible ? Mark + compatible.Replace(' ', Mark) : "",
            Divide = PreTokenizerJson.Whole,
            Model = new UseLiteModel(text, scores),
            Hidden = FrozenSet<int>.Empty,
            Template = Template.Separated(UseLiteSeparator),
            Decode = tokens => Decoders.Metaspace(tokens, Mark.ToString(), prepended: true),
            Special = new SpecialTokens(Pad: null, UseLiteModel.UnknownId, Begin: null, End: null, Mask: null),
        };
        return new PipelineTokenizer(parts, matchesSpecial: false);
    }

    private static Dictionary<string, int> Ids(List<string> pieces, int from)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = from; id < pieces.Count; id++)
        {
            // That of Universal Sentence Encoder Lite repeats some; in the published code the last counts.
            ids[pieces[id]] = id;
        }

        return ids;
    }
}
