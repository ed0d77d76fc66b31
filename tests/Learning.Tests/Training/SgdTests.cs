using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

public sealed class SgdTests
{
    // Five steps of a few roundings of 6e-8 each, of values of about 1.
    private const double Tolerance = 1e-6;

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.9, false)]
    [InlineData(0.8, true)]
    public void Steps_follow_the_published_algorithm(double momentum, bool nesterov)
    {
        const double Rate = 0.05;
        const double Decay = 0.1;
        const float Scale = 0.5f;
        var weights = new TrainedWeights([("decays", 21, true), ("exempt", 3, false)]);
        double[] values = [.. Enumerable.Range(0, 24).Select(i => Math.Sin(i + 1))];
        for (int i = 0; i < values.Length; i++)
        {
            weights.Values[i] = (float)values[i];
        }

        double[] velocity = new double[24];
        var optimiser = new Sgd(24, momentum, nesterov);
        for (int step = 1; step <= 5; step++)
        {
            float[] gradient = [.. Enumerable.Range(0, 24).Select(i => (float)Math.Cos(i * step))];
            optimiser.Update(weights, gradient, step, Rate, Decay, Scale);

            for (int i = 0; i < 24; i++)
            {
                double g = (Scale * gradient[i]) + (i < 21 ? Decay * values[i] : 0);
                velocity[i] = (momentum * velocity[i]) + g;
                values[i] -= Rate * (nesterov ? g + (momentum * velocity[i]) : velocity[i]);
            }
        }

        for (int i = 0; i < 24; i++)
        {
            Assert.Equal(values[i], weights.Values[i], tolerance: Tolerance);
        }
    }
}
