using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.PostProcessing;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>Hugging Face's <c>tokenizer.json</c>.</summary>
/// <remarks>
/// Of its <c>truncation</c> the direction is read only, and its <c>padding</c> not at all: how long ids may be and how batches are filled is the
/// caller's business.
/// </remarks>
internal static class TokenizerJsonFile
{
    /// <summary>The one there is.</summary>
    private const string Version = "1.0";

    /// <param name="path">The file.</param>
    /// <param name="config">The files beside it.</param>
    /// <param name="matchSpecial">Whether special tokens written in a text are found.</param>
    /// <exception cref="InvalidDataException">The file is broken or describes what is not supported; the message names the component.</exception>
    public static ITokenizer Read(string path, TokenizerConfig config, bool matchSpecial)
    {
        using JsonDocument document = TokenizerText.Json(path);
        var root = new JsonComponent(document.RootElement, "");
        if (root.Find("version") is { } version && root.TextOrNull("version") != Version)
        {
            throw version.Wrong($"\"{Version}\"");
        }

        var model = new PieceModelJson(root.Child("model"));
        List<AddedToken> added = AddedTokensJson.Read(root.Find("added_tokens"), config, model.Pieces, model.Count);

        var ids = new Dictionary<string, int>(model.Pieces, StringComparer.Ordinal);
        foreach (AddedToken token in added)
        {
            ids[token.Content] = token.Id;
        }

        HashSet<int> special = [.. added.Where(token => token.Special).Select(token => token.Id)];
        HashSet<int> hidden = [.. special];
        if (model.UnknownId is { } unknown)
        {
            hidden.Add(unknown);
        }

        var vocabulary = new Vocabulary([.. model.Pieces, .. added.Select(token => KeyValuePair.Create(token.Content, token.Id))], special);
        SpecialTokens named = SpecialTokensJson.Read(config, ids, hidden);
        var parts = new TokenizerParts
        {
            Vocabulary = vocabulary,
            Added = added,
            Normalize = NormalizerJson.Read(root.Find("normalizer"), config),
            Divide = PreTokenizerJson.Read(root.Find("pre_tokenizer"), config.AddsPrefixSpace),
            Model = model.Build(),
            Hidden = hidden,
            Template = Around(TemplateJson.Read(root.Find("post_processor"), vocabulary.Size), config, named),
            Decode = DecoderJson.Read(root.Find("decoder")),
            Special = named,
            DropsStart = config.DropsStart ?? root.Find("truncation")?.TextOrNull("direction") == "Left",
        };
        return new PipelineTokenizer(parts, matchSpecial);
    }

    /// <summary>The template, with a token before or after texts where the settings say so, and without where they say that.</summary>
    public static Template Around(Template template, TokenizerConfig config, SpecialTokens named)
    {
        if (Switch("add_bos_token") is { } begins)
        {
            template = Token(named.Begin, begins, "add_bos_token", "bos_token") is { } begin ? template.Begin(begin, begins) : template;
        }

        if (Switch("add_eos_token") is { } ends)
        {
            template = Token(named.End, ends, "add_eos_token", "eos_token") is { } end ? template.End(end, ends) : template;
        }

        return template;

        bool? Switch(string name) => config.Settings?.Find(name) is null ? null : config.Settings.Value.Flag(name, absent: false);

        int? Token(int? id, bool on, string name, string token) => id is null && on
            ? throw config.Settings!.Value.Child(name).Wrong($"false, or the same file should name a {token} of the vocabulary")
            : id;
    }
}
