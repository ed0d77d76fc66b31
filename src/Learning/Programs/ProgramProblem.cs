namespace EdgeFlora.Learning.Programs;

/// <summary>A task to write a Python function, with tests.</summary>
/// <param name="Prompt">What a model is given.</param>
/// <param name="Before">What stands before the written text in the program that is tested; empty if the prompt is no part of it.</param>
/// <param name="Tests">What stands after it.</param>
public sealed record ProgramProblem(string Id, string Prompt, string Before, string Tests)
{
    /// <summary>The data set's own answer, written as a model would write it; null if it has none.</summary>
    public string? Solution { get; init; }

    /// <summary>The program that is run for a text that a model wrote.</summary>
    public string Program(string written) => $"{Before}{written}\n{Tests}\n";
}
