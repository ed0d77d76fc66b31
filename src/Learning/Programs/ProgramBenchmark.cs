using System.Text.Json;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Programs;

/// <summary>The published benchmarks of written programs.</summary>
/// <param name="StopTexts">Where what a model writes goes beyond the function.</param>
public sealed record ProgramBenchmark(IReadOnlyList<ProgramProblem> Problems, IReadOnlyList<string> StopTexts)
{
    private static readonly string[] HumanEvalStops = ["\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\n```"];
    private static readonly string[] MbppStops = ["\nclass", "\nassert", "\n\"\"\"", "\nprint", "\nif", "\n```"];

    /// <summary>
    /// Reads HumanEval's JSONL (arXiv 2107.03374): <c>task_id</c>, <c>prompt</c>, <c>test</c>, <c>entry_point</c>, and <c>canonical_solution</c> if
    /// there is one. A model goes on with the function that the prompt begins.
    /// </summary>
    /// <exception cref="InvalidDataException">A row is broken; the message names file and line.</exception>
    public static ProgramBenchmark ReadHumanEval(string path) => new(Read(path, HumanEval), HumanEvalStops);

    /// <summary>
    /// Reads MBPP's JSONL (arXiv 2108.07732): <c>task_id</c>, <c>text</c>, <c>test_setup_code</c>, <c>test_list</c>, and <c>code</c> if there is one.
    /// A model is given task and tests as a comment.
    /// </summary>
    /// <exception cref="InvalidDataException">A row is broken; the message names file and line.</exception>
    public static ProgramBenchmark ReadMbpp(string path) => new(Read(path, Mbpp), MbppStops);

    private static ProgramProblem HumanEval(JsonElement row, string place)
    {
        string prompt = JsonObjects.Text(row, "prompt", place);
        string check = $"check({JsonObjects.Text(row, "entry_point", place)})";
        return new ProgramProblem(JsonObjects.Text(row, "task_id", place), prompt, prompt, $"{JsonObjects.Text(row, "test", place)}\n{check}")
        {
            Solution = JsonObjects.TextOrNull(row, "canonical_solution", place),
        };
    }

    private static ProgramProblem Mbpp(JsonElement row, string place)
    {
        string tests = string.Join('\n', JsonObjects.Texts(row, "test_list", place));
        string id = row.TryGetProperty("task_id", out JsonElement number) && number.ValueKind == JsonValueKind.Number
            ? number.GetRawText()
            : throw new InvalidDataException($"{place}: \"task_id\" is missing or no number.");
        return new ProgramProblem(
            id, $"\"\"\"\n{JsonObjects.Text(row, "text", place)}\n{tests}\n\"\"\"\n", "",
            $"{JsonObjects.Text(row, "test_setup_code", place)}\n{tests}")
        {
            Solution = JsonObjects.TextOrNull(row, "code", place),
        };
    }

    private static List<ProgramProblem> Read(string path, Func<JsonElement, string, ProgramProblem> parse)
    {
        List<ProgramProblem> problems = [.. JsonObjects.Read(path).Select(row => parse(row.Object, row.Place))];
        return problems.Count > 0 ? problems : throw new InvalidDataException($"{path}: no rows; a benchmark has at least one problem.");
    }
}
