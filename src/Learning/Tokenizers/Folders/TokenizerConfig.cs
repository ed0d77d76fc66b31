using System.Text.Json;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>
/// What lies beside a tokenizer and has a say in it: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c> and
/// <c>config.json</c>.
/// </summary>
internal sealed class TokenizerConfig : IDisposable
{
    private const string SettingsFile = "tokenizer_config.json";

    private static readonly string[] BertClasses =
    [
        "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer", "SqueezeBertTokenizer",
        "FunnelTokenizer", "LxmertTokenizer",
        "LayoutLMTokenizer", "RetriBertTokenizer", "DPRQuestionEncoderTokenizer", "DPRContextEncoderTokenizer", "SplinterTokenizer", "RealmTokenizer",
    ];

    private readonly List<JsonDocument> documents = [];
    private readonly string folder;

    private TokenizerConfig(string folder)
    {
        this.folder = folder;
        Settings = Open(SettingsFile);
        SpecialTokensMap = Open("special_tokens_map.json");
        AddedTokens = Open("added_tokens.json");
        Model = Open("config.json");
    }

    /// <summary><c>tokenizer_config.json</c>; null if there is none.</summary>
    public JsonComponent? Settings { get; }

    public JsonComponent? SpecialTokensMap { get; }

    public JsonComponent? AddedTokens { get; }

    public JsonComponent? Model { get; }

    /// <summary>The tokenizer's class, without the ending of those written in Rust; null if none is named.</summary>
    public string? Class => Settings?.TextOrNull("tokenizer_class") is { } name
        ? name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name
        : null;

    /// <summary>Whether settings are those of BERT's tokenizers.</summary>
    public bool IsBert => Class is null || BertClasses.Contains(Class, StringComparer.Ordinal);

    /// <summary>Whether text that is too long loses its beginning; null if the files do not say.</summary>
    public bool? DropsStart => Settings?.Find("truncation_side") is { } side
        ? side.AsText() switch { "left" => true, "right" => false, _ => throw side.Wrong("left or right") }
        : null;

    /// <summary>Whether texts get a space in front; null if the files do not say.</summary>
    public bool? AddsPrefixSpace => Settings?.Find("add_prefix_space") is { Element.ValueKind: not JsonValueKind.Null }
        ? Settings.Value.Flag("add_prefix_space", absent: false)
        : null;

    /// <exception cref="InvalidDataException">A file is broken; the message names it.</exception>
    public static TokenizerConfig Read(string folder) => new(folder);

    /// <summary>BERT's normalization with what the settings say of it; null is what was there.</summary>
    public BertNormalization Bert(BertNormalization normalization)
    {
        if (!IsBert || Settings is not { } settings)
        {
            return normalization;
        }

        bool lowercase = settings.Flag("do_lower_case", absent: normalization.Lowercase);
        bool followed = normalization.StripAccents == normalization.Lowercase;
        return normalization with
        {
            Lowercase = lowercase,
            StripAccents = settings.Flag("strip_accents", absent: followed ? lowercase : normalization.StripAccents),
            SplitIdeographs = settings.Flag("tokenize_chinese_chars", absent: normalization.SplitIdeographs),
        };
    }

    /// <summary>Refuses what would divide text by other rules than those that are read here.</summary>
    /// <exception cref="InvalidDataException">It is so; the message names file and setting.</exception>
    public void RequireSupported()
    {
        if (Settings is not { } settings)
        {
            return;
        }

        if (Class == "BertJapaneseTokenizer"
            || settings.Find("word_tokenizer_type") is not null
            || settings.Find("subword_tokenizer_type") is not null)
        {
            throw Refusal("tokenizer_class is BertJapaneseTokenizer, which divides text with a Japanese dictionary; that is not supported. Use a "
                + "model whose tokenizer.json divides it.");
        }

        if (settings.Flag("split_special_tokens", absent: false))
        {
            throw Refusal("split_special_tokens is true, which is not supported here; it should be false, and --special-tokens text (specialTokens: "
                + "text of an agent's data set) reads special tokens in texts as ordinary text.");
        }

        if (!settings.Flag("do_basic_tokenize", absent: true))
        {
            throw Refusal("do_basic_tokenize is false, which no published BERT was trained with and is not supported; it should be true.");
        }
    }

    /// <summary>Refuses a class that <c>vocab.txt</c> alone does not describe.</summary>
    /// <exception cref="InvalidDataException">It is one.</exception>
    public void RequireBert()
    {
        if (!IsBert)
        {
            throw Refusal($"tokenizer_class is {Settings!.Value.Text("tokenizer_class")}; with vocab.txt and without tokenizer.json, "
                + $"{string.Join(", ", BertClasses)} are supported.");
        }
    }

    public void Dispose() => documents.ForEach(document => document.Dispose());

    private InvalidDataException Refusal(string sentence) => new($"{Path.Combine(folder, SettingsFile)}: {sentence}");

    private JsonComponent? Open(string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        JsonDocument document = TokenizerText.Naming(path, TokenizerText.Json);
        documents.Add(document);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new JsonComponent(document.RootElement, name)
            : throw new InvalidDataException($"{path}: a JSON {document.RootElement.ValueKind}; it should be an object.");
    }
}
