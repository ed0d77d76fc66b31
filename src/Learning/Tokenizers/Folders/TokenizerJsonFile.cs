using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Added;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>Hugging Face's <c>tokenizer.json</c>.</summary>
/// <remarks>Its <c>truncation</c> and <c>padding</c> are not read: how long ids may be and how batches are filled is the caller's business.</remarks>
internal static class TokenizerJsonFile
{
    /// <param name="path">The file.</param>
    /// <param name="config"><c>tokenizer_config.json</c> beside it; null if there is none.</param>
    /// <param name="matchSpecial">Whether special tokens written in a text are found.</param>
    /// <exception cref="InvalidDataException">The file is broken or describes what is not supported; the message names the component.</exception>
    public static ITokenizer Read(string path, JsonComponent? config, bool matchSpecial)
    {
        using JsonDocument document = TokenizerText.Json(path);
        var root = new JsonComponent(document.RootElement, "");
        var model = new PieceModelJson(root.Child("model"));
        List<AddedToken> added = AddedTokensJson.Read(root.Find("added_tokens"));

        var ids = new Dictionary<string, int>(model.Pieces, StringComparer.Ordinal);
        foreach (AddedToken token in added)
        {
            ids[token.Content] = token.Id;
        }

        HashSet<int> special = [.. added.Where(token => token.Special).Select(token => token.Id)];
        var vocabulary = new Vocabulary([.. model.Pieces, .. added.Select(token => KeyValuePair.Create(token.Content, token.Id))], special);
        HashSet<int> unreachable = [.. special];
        if (model.UnknownId is { } unknown)
        {
            unreachable.Add(unknown);
        }

        return new PipelineTokenizer(
            vocabulary,
            added.Where(token => matchSpecial || !token.Special),
            NormalizerJson.Read(root.Find("normalizer")),
            PreTokenizerJson.Read(root.Find("pre_tokenizer")),
            model.Build(unreachable),
            TemplateJson.Read(root.Find("post_processor"), vocabulary.Size),
            DecoderJson.Read(root.Find("decoder")),
            SpecialTokensJson.Read(config, ids, unreachable));
    }
}
