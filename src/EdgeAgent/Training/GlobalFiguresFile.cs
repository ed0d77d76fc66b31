using System.Text.Json;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>
/// How good the global adapter was measured to be, beside a task's checkpoint: after a restart the agent goes on training at once, and does not
/// measure again what takes as long as many steps.
/// </summary>
internal static class GlobalFiguresFile
{
    /// <param name="checkpoint">The task's checkpoint file.</param>
    /// <param name="measured">What was measured on what; figures of anything else do not count.</param>
    /// <returns>Null if there are none, or they are damaged.</returns>
    public static HeldOutFigures? Read(string checkpoint, string measured)
    {
        string file = FileOf(checkpoint);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            Content? content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(file));
            return content?.Measured == measured ? content.Figures : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static void Write(string checkpoint, string measured, HeldOutFigures figures) =>
        AtomicFile.Write(FileOf(checkpoint), stream => JsonSerializer.Serialize(stream, new Content(measured, figures)));

    private static string FileOf(string checkpoint) => checkpoint + ".global.json";

    private sealed record Content(string Measured, HeldOutFigures? Figures);
}
