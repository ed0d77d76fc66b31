using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Pieces;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>merges</c> of byte-pair encoding: <c>"a b"</c> or <c>["a", "b"]</c>, the first to be done first.</summary>
internal static class MergesJson
{
    /// <param name="merges">The array.</param>
    /// <param name="vocabulary">Ids by piece.</param>
    /// <param name="continuation">What the right side begins with, which goes when it is merged; may be empty.</param>
    /// <exception cref="InvalidDataException">A merge names what is not in the vocabulary; the message names it.</exception>
    public static Dictionary<(int Left, int Right), BpeMerge> Read(
        JsonComponent merges, IReadOnlyDictionary<string, int> vocabulary, string continuation)
    {
        var ranked = new Dictionary<(int Left, int Right), BpeMerge>();
        int rank = 0;
        foreach (JsonComponent merge in merges.Items())
        {
            Add(ranked, rank++, Sides(merge), vocabulary, merge.Path, continuation);
        }

        return ranked;
    }

    /// <summary>Adds a merge.</summary>
    public static void Add(
        Dictionary<(int Left, int Right), BpeMerge> merges,
        int rank,
        (string Left, string Right) sides,
        IReadOnlyDictionary<string, int> vocabulary,
        string place,
        string continuation = "")
    {
        if (!sides.Right.StartsWith(continuation, StringComparison.Ordinal))
        {
            throw new InvalidDataException(
                $"{place} merges \"{sides.Right}\" to the left; it should begin with \"{continuation}\", the continuing_subword_prefix.");
        }

        string[] pieces = [sides.Left, sides.Right, sides.Left + sides.Right[continuation.Length..]];
        int[] ids =
        [
            .. pieces.Select(piece => vocabulary.TryGetValue(piece, out int id)
                ? id
                : throw new InvalidDataException($"{place} merges \"{sides.Left}\" and \"{sides.Right}\", but the vocabulary has no \"{piece}\".")),
        ];
        merges[(ids[0], ids[1])] = new BpeMerge(rank, ids[2]);
    }

    /// <summary>The sides of a merge that is written with a space between them.</summary>
    public static (string Left, string Right)? Sides(string merge)
    {
        int space = merge.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && space < merge.Length - 1 && merge.LastIndexOf(' ') == space ? (merge[..space], merge[(space + 1)..]) : null;
    }

    private static (string Left, string Right) Sides(JsonComponent merge)
    {
        if (merge.Element.ValueKind == JsonValueKind.Array && merge.Items().ToArray() is [var left, var right])
        {
            return (left.AsText(), right.AsText());
        }

        return merge.Element.ValueKind == JsonValueKind.String && Sides(merge.AsText()) is { } sides
            ? sides
            : throw merge.Wrong("two pieces: \"a b\" or [\"a\", \"b\"]");
    }
}
