using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>Run specs that requests bring.</summary>
internal static class SpecBody
{
    /// <exception cref="ServiceRefusedException">It has mistakes; all of them are told.</exception>
    public static RunSubmission Read(byte[] text) => Submission(RunSpecReader.Read(text));

    /// <param name="set">Settings that replace those of the document.</param>
    /// <exception cref="ServiceRefusedException">It has mistakes; all of them are told.</exception>
    public static RunSubmission Read(JsonObject document, IReadOnlyList<string> set) => Submission(RunSpecReader.Read(document, set));

    private static RunSubmission Submission(RunSpecReading reading) => reading is { Spec: { } spec, Document: { } document }
        ? new RunSubmission(spec, document)
        : throw new ServiceRefusedException(
            ProblemCode.InvalidInput,
            FormattableString.Invariant(
                $"the spec has {reading.Mistakes.Count} mistake{(reading.Mistakes.Count == 1 ? "" : "s")}; nothing was submitted"),
            "errors lists each, with what would be right",
            reading.Mistakes);
}
