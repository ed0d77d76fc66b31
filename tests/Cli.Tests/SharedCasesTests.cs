using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests;

public sealed partial class SharedCasesTests : IDisposable
{
    private readonly string output = Directory.CreateTempSubdirectory("edgeflora-cases-").FullName;

    public void Dispose() => Directory.Delete(output, recursive: true);

    [Fact]
    public async Task Every_case_gives_the_expected_value_or_a_refusal_of_one_line()
    {
        var wrong = new List<string>();
        foreach (SharedCase given in SharedCase.All(output).Where(given => !IsAboutTokenizers(given)))
        {
            string said = "";
            int code = ExitCode.Done;
            foreach (string[] command in given.Commands)
            {
                (code, string shown, string error) = await CommandRunner.RunAsync(command);
                said += shown + error;
                wrong.AddRange(code == ExitCode.Done ? [] : Flaws(code, error).Select(flaw => $"{given.Id}: {flaw}: {error}"));
            }

            wrong.AddRange(Misses(given.Expect, code, said).Select(miss => $"{given.Id}: expected {miss}: {said}"));
        }

        Assert.Empty(wrong);
    }

    /// <summary>Those are judged by the tests of tokenizers.</summary>
    private static bool IsAboutTokenizers(SharedCase given) =>
        given.Id.StartsWith("tk", StringComparison.Ordinal) || Regex.IsMatch(given.Id, "^c[0-9]");

    /// <summary>What is wrong with a refusal, whatever it refuses.</summary>
    private static IEnumerable<string> Flaws(int code, string error)
    {
        if (code != ExitCode.BadInput)
        {
            yield return $"exit code {code}";
        }

        if (error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length != 1)
        {
            yield return "not one line";
        }

        if (error.Contains("(Parameter", StringComparison.Ordinal)
            || error.Contains("unexpected", StringComparison.Ordinal)
            || error.Contains("LineNumber", StringComparison.Ordinal)
            || error.Contains("{?", StringComparison.Ordinal))
        {
            yield return "words for programmers";
        }
    }

    private static IEnumerable<string> Misses(string expect, int code, string said)
    {
        bool mayRefuse = expect.Contains("refus", StringComparison.Ordinal)
            || expect.Contains("error", StringComparison.Ordinal)
            || expect.Contains("demands", StringComparison.Ordinal)
            || expect.Contains("says", StringComparison.Ordinal);
        bool mustRefuse = mayRefuse && !expect.Contains(" or ", StringComparison.Ordinal);
        if ((code != ExitCode.Done && !mayRefuse) || (code == ExitCode.Done && mustRefuse))
        {
            yield return expect;
        }

        if (code != ExitCode.Done)
        {
            yield break;
        }

        foreach (Match loss in Loss().Matches(expect))
        {
            if (!said.Contains(loss.Value, StringComparison.Ordinal))
            {
                yield return loss.Value;
            }
        }

        foreach (Match chances in Chances().Matches(expect))
        {
            foreach ((string label, string chance) in new[] { ("neg", chances.Groups[1].Value), ("pos", chances.Groups[2].Value) })
            {
                Match shown = Regex.Match(said, $@"{label} ([0-9.]+)");
                if (!shown.Success || Math.Abs(Number(shown.Groups[1].Value) - Number(chance)) > 0.0011)
                {
                    yield return $"{label} {chance}";
                }
            }
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("loss [0-9]+\\.[0-9]{4}")]
    private static partial Regex Loss();

    [GeneratedRegex("neg/pos = ([0-9.]+) ([0-9.]+)")]
    private static partial Regex Chances();
}
