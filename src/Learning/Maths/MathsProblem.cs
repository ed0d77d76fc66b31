using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Maths;

/// <summary>A word problem with its worked answer.</summary>
/// <param name="Answer">Steps, then the number after <c>####</c>.</param>
/// <param name="Number">The final number.</param>
public sealed record MathsProblem(string Question, string Answer, decimal Number)
{
    /// <summary>Where the next question would begin: writing stops before it.</summary>
    public const string Stop = "Question:";

    /// <summary>What a model is given.</summary>
    public string Prompt => $"Question: {Question}\nAnswer:";

    /// <summary>Prompt and answer to train on.</summary>
    public LanguageExample Example => new(Prompt, " " + Answer);

    /// <summary>Reads GSM8K's JSONL with the columns <c>question</c> and <c>answer</c>.</summary>
    /// <exception cref="InvalidDataException">A row is broken or its answer has no final number; the message names file and line.</exception>
    public static IReadOnlyList<MathsProblem> Read(string path)
    {
        var problems = new List<MathsProblem>();
        foreach ((System.Text.Json.JsonElement row, string place) in JsonObjects.Read(path))
        {
            string answer = JsonObjects.Text(row, "answer", place);
            problems.Add(new MathsProblem(
                JsonObjects.Text(row, "question", place),
                answer,
                FinalNumber.Of(answer) ?? throw new InvalidDataException($"{place}: \"answer\" has no number after ####.")));
        }

        return problems.Count > 0 ? problems : throw new InvalidDataException($"{path}: no rows; a benchmark has at least one problem.");
    }

    /// <summary>Whether a text that a model wrote ends with the right number: exact match.</summary>
    public bool IsSolvedBy(string written) => FinalNumber.Of(written) == Number;
}
