using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Cli.Tuning;

/// <summary>The options by which <c>train</c> and <c>eval</c> are told task and data.</summary>
internal sealed class TaskOptions(params string[] measuredOnly)
{
    private static readonly DataColumns Standard = new();
    private static readonly LanguageColumns StandardTexts = new();

    private readonly Option<string> task = Ranged.Choice(
        "--task",
        "What is learnt or measured",
        [TaskSettings.Classification, TaskSettings.Pairs, TaskSettings.Language, .. measuredOnly],
        TaskSettings.Classification);
    private readonly Option<string> data = new("--data")
    {
        Description = "JSONL, CSV or TSV file with the columns text, label and, for pairs, text_pair; for lm text, or prompt and completion, "
            + "or a plain .txt",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string> labels = new("--labels")
    {
        Description = "Names of the classes, separated by commas or a file with one a line; without it those of the adapter, or else of the data",
        HelpName = "NAMES",
    };
    private readonly Option<string> text = Column("--text-column", "text", Standard.Text);
    private readonly Option<string> pair = Column("--pair-column", "second text of a pair", Standard.TextPair);
    private readonly Option<string> label = Column("--label-column", "label", Standard.Label);
    private readonly Option<string> prompt = Column("--prompt-column", "prompt, which is given", StandardTexts.Prompt);
    private readonly Option<string> completion = Column("--completion-column", "completion, which is learnt", StandardTexts.Completion);

    private readonly Option<string> specialTokens = SpecialTokensOption.Create();

    public IEnumerable<Option> All => [task, data, labels, text, pair, label, prompt, completion, specialTokens];

    /// <exception cref="InputException">A value cannot be used.</exception>
    public TaskSettings Settings(ParseResult parsed) => new()
    {
        Name = parsed.GetRequiredValue(task),
        Data = Present("--data", parsed.GetRequiredValue(data)),
        MatchesSpecialTokens = SpecialTokensOption.Matched(
            parsed.GetRequiredValue(specialTokens), parsed.GetRequiredValue(task) == TaskSettings.Language),
        Labels = parsed.GetValue(labels) is { } names ? LabelList.Parse(names) : null,
        Columns = new DataColumns
        {
            Text = parsed.GetRequiredValue(text),
            TextPair = parsed.GetRequiredValue(pair),
            Label = parsed.GetRequiredValue(label),
        },
        LanguageColumns = new LanguageColumns
        {
            Text = parsed.GetRequiredValue(text),
            Prompt = parsed.GetRequiredValue(prompt),
            Completion = parsed.GetRequiredValue(completion),
        },
    };

    /// <exception cref="InputException">There is no such file.</exception>
    public static string Present(string option, string file) => File.Exists(file)
        ? file
        : throw new InputException(
            $"{option} is '{file}', which {(Directory.Exists(file) ? "is a folder" : "does not exist")}; give a JSONL, CSV or TSV file, "
                + $"or a .txt for lm");

    private static Option<string> Column(string name, string what, string standard) =>
        new(name) { Description = $"Column of the {what}", HelpName = "NAME", DefaultValueFactory = _ => standard };
}
