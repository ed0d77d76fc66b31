using System.CommandLine;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>What a run learns, by the words of <c>train</c> and <c>eval</c>.</summary>
internal static class LearningTaskOption
{
    private const string Classification = "classification";
    private const string Language = "lm";

    public static Option<string> Create(string purpose) => Ranged.Choice("--task", purpose, [Classification, Language], Classification);

    public static LearningTask Of(string name) => name == Language ? LearningTask.LanguageModel : LearningTask.Classification;
}
