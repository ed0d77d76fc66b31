using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Encodes the difference to the broadcast adapter with error feedback, and spoils it where a drill says so.</summary>
internal sealed class UpdatePacking(FeedbackStore feedbacks, AgentDrill drill, ILogger log)
{
    /// <summary>Encodes and stages the new error feedback on disk. Factors that are not sent go as a difference of zero.</summary>
    /// <returns>The body, and the Euclidean length of the feedback that was added.</returns>
    /// <exception cref="AdapterFormatException">A value cannot be encoded, or there is no such codec.</exception>
    public (byte[] Body, double FeedbackNorm) Pack(TaskOffer offer, LoraAdapter trained, LoraAdapter global, FactorTreatment factors)
    {
        (Guid run, int round) = (offer.Header.RunId, offer.Header.Round);
        trained = factors.ToSend(trained, global);
        if (drill.PoisonScaleRound == round)
        {
            log.Drill(round, "update times 1000");
            trained = Scaled(trained, global, AgentDrill.PoisonScale);
        }

        ErrorFeedback feedback = feedbacks.Load(run, AdapterShape.Of(global));
        feedback.Forget(factors.NewBasis);
        byte[] body = feedback.Encode(AdapterCodec.Parse(offer.Codec), trained, new AdapterReference(global), TaskName(offer), factors.Unsent);
        feedbacks.Save(run, feedback);
        if (drill.PoisonNaNRound == round)
        {
            log.Drill(round, "update with NaN");
            Spoil(body, trained.ParameterCount);
        }

        return (body, feedback.Norm);
    }

    /// <summary>What staged feedback is kept under.</summary>
    public static string TaskName(TaskOffer offer) => offer.Header.TaskId.ToString("N");

    private static LoraAdapter Scaled(LoraAdapter trained, LoraAdapter global, float factor)
    {
        LoraAdapter scaled = trained.Clone();
        foreach ((string name, LoraFactors factors) in scaled.Modules)
        {
            Scale(factors.A, global.Modules[name].A, factor);
            Scale(factors.B, global.Modules[name].B, factor);
        }

        return scaled;
    }

    private static void Scale(Matrix values, Matrix start, float factor)
    {
        for (int i = 0; i < values.Values.Length; i++)
        {
            values.Values[i] = start.Values[i] + (factor * (values.Values[i] - start.Values[i]));
        }
    }

    /// <summary>
    /// All ones is NaN as fp32, fp16, bf16 and as the scale of an int8 or int4 block. Encoders refuse NaN, so it is written behind their back.
    /// </summary>
    private static void Spoil(byte[] body, long parameters) => body.AsSpan(body.Length - (int)(parameters / 2)).Fill(0xFF);
}
