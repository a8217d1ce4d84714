//! The mass matrix of a robot arm with seven joints, by composite bodies (Featherstone, "Rigid Body Dynamics Algorithms",
//! 2008, chapter 6). The parameters are of the size of those of a KUKA LBR iiwa 14.

use crate::trace::Real;

/// Number of joints.
pub const JOINTS: usize = 7;

/// A link and the joint that carries it, which turns about its own third axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Where the joint is, in the frame of the link before.
    pub offset: [f64; 3],
    /// The axes of the joint at angle 0, by rows, in the frame of the link before.
    pub axes: [[f64; 3]; 3],
    /// Mass in kg.
    pub mass: f64,
    /// Centre of mass in the link's frame, in m.
    pub center: [f64; 3],
    /// Principal moments of inertia about the centre of mass, along the link's axes, in kg·m².
    pub inertia: [f64; 3],
}

const UPRIGHT: [[f64; 3]; 3] = [[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]];
const TURNED: [[f64; 3]; 3] = [[-1., 0., 0.], [0., 0., 1.], [0., 1., 0.]];
const TILTED: [[f64; 3]; 3] = [[1., 0., 0.], [0., 0., -1.], [0., 1., 0.]];

const fn link(
    offset: [f64; 3],
    axes: [[f64; 3]; 3],
    mass: f64,
    center: [f64; 3],
    inertia: [f64; 3],
) -> Link {
    Link { offset, axes, mass, center, inertia }
}

/// The links from the base to the hand.
pub const LINKS: [Link; JOINTS] = [
    link([0., 0., 0.1575], UPRIGHT, 5.76, [0., -0.03, 0.12], [0.033, 0.0333, 0.0123]),
    link([0., 0., 0.2025], TURNED, 6.35, [0.0003, 0.059, 0.042], [0.0305, 0.0304, 0.011]),
    link([0., 0.2045, 0.], TURNED, 3.5, [0., 0.03, 0.13], [0.025, 0.0238, 0.0076]),
    link([0., 0., 0.2155], TILTED, 3.5, [0., 0.067, 0.034], [0.017, 0.0164, 0.006]),
    link([0., 0.1845, 0.], TURNED, 3.5, [0.0001, 0.021, 0.076], [0.01, 0.0087, 0.00449]),
    link([0., 0., 0.2155], TILTED, 1.8, [0., 0.0006, 0.0004], [0.0049, 0.0047, 0.0036]),
    link([0., 0.081, 0.], TURNED, 1.2, [0., 0., 0.02], [0.001, 0.001, 0.001]),
];

type Vector<R> = [R; 3];
type Square<R> = [[R; 3]; 3];

fn vector<R: Real>(v: [f64; 3]) -> Vector<R> {
    v.map(R::constant)
}

fn dot<R: Real>(a: &Vector<R>, b: &Vector<R>) -> R {
    R::sum((0..3).map(|i| a[i].clone() * b[i].clone()))
}

fn cross<R: Real>(a: &Vector<R>, b: &Vector<R>) -> Vector<R> {
    let part = |i: usize, j: usize| a[i].clone() * b[j].clone() - a[j].clone() * b[i].clone();
    [part(1, 2), part(2, 0), part(0, 1)]
}

fn plus<R: Real>(a: &Vector<R>, b: &Vector<R>) -> Vector<R> {
    [0, 1, 2].map(|i| a[i].clone() + b[i].clone())
}

fn turned<R: Real>(rotation: &Square<R>, v: &Vector<R>) -> Vector<R> {
    [0, 1, 2].map(|i| dot(&rotation[i], v))
}

/// Mass, first and second moments about the origin of a frame.
#[derive(Clone)]
struct Body<R> {
    mass: R,
    first: Vector<R>,
    second: Square<R>,
}

/// The second moment of a point mass at `a`, seen from `b`: `(a·b)·1 - a·bᵀ`, made symmetric.
fn moment<R: Real>(a: &Vector<R>, b: &Vector<R>) -> Square<R> {
    let both = dot(a, b);
    let entry = |i: usize, j: usize| {
        let outer = (a[i].clone() * b[j].clone() + b[i].clone() * a[j].clone()) * R::constant(0.5);
        if i == j { both.clone() - outer } else { -outer }
    };
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| entry(i, j)))
}

fn scaled_sum<R: Real>(a: &Square<R>, factor: R, b: &Square<R>) -> Square<R> {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| a[i][j].clone() + factor.clone() * b[i][j].clone()))
}

impl<R: Real> Body<R> {
    fn of(link: &Link) -> Body<R> {
        let center = vector::<R>(link.center);
        let own = [0, 1, 2]
            .map(|i| [0, 1, 2].map(|j| R::constant(if i == j { link.inertia[i] } else { 0.0 })));
        let mass = R::constant(link.mass);
        Body {
            first: center.clone().map(|c| mass.clone() * c),
            second: scaled_sum(&own, mass.clone(), &moment(&center, &center)),
            mass,
        }
    }

    /// In the frame of the link before.
    fn seen_from_before(&self, rotation: &Square<R>, offset: &Vector<R>) -> Body<R> {
        let first = turned(rotation, &self.first);
        // R·I·Rᵀ: the rows of R·I turned.
        let columns = [0, 1, 2].map(|j| turned(rotation, &[0, 1, 2].map(|i| self.second[i][j].clone())));
        let rows = [0, 1, 2].map(|i| [0, 1, 2].map(|j| columns[j][i].clone()));
        let second = rows.map(|row| turned(rotation, &row));
        let second = scaled_sum(&second, R::constant(2.0), &moment(offset, &first));
        let second = scaled_sum(&second, self.mass.clone(), &moment(offset, offset));
        let shift = offset.clone().map(|o| self.mass.clone() * o);
        Body { mass: self.mass.clone(), first: plus(&first, &shift), second }
    }

    fn with(&self, other: &Body<R>) -> Body<R> {
        Body {
            mass: self.mass.clone() + other.mass.clone(),
            first: plus(&self.first, &other.first),
            second: scaled_sum(&self.second, R::one(), &other.second),
        }
    }
}

/// The mass matrix at joint angles `q`, of as many joints as there are angles, at most [`JOINTS`].
pub fn mass_matrix<R: Real>(q: &[R]) -> Vec<Vec<R>> {
    let n = q.len().min(JOINTS);
    let rotations: Vec<Square<R>> = (0..n)
        .map(|i| {
            let (sin, cos) = (q[i].sin(), q[i].cos());
            let turn =
                [[cos.clone(), -sin.clone(), R::zero()], [sin, cos, R::zero()], [R::zero(), R::zero(), R::one()]];
            let columns = [0, 1, 2].map(|j| [0, 1, 2].map(|k| turn[k][j].clone()));
            LINKS[i].axes.map(|row| {
                let row = vector::<R>(row);
                [0, 1, 2].map(|j| dot(&row, &columns[j]))
            })
        })
        .collect();
    let offsets: Vec<Vector<R>> = LINKS[..n].iter().map(|link| vector(link.offset)).collect();
    // From the hand to the base: each link with all that it carries.
    let mut bodies: Vec<Body<R>> = LINKS[..n].iter().map(Body::of).collect();
    for i in (1..n).rev() {
        let carried = bodies[i].seen_from_before(&rotations[i], &offsets[i]);
        bodies[i - 1] = bodies[i - 1].with(&carried);
    }
    let mut matrix = vec![vec![R::zero(); n]; n];
    for i in 0..n {
        // Momentum per unit of speed of joint i, about its third axis.
        let mut angular = [0, 1, 2].map(|k| bodies[i].second[k][2].clone());
        let mut linear = cross(&vector([0., 0., 1.]), &bodies[i].first);
        matrix[i][i] = angular[2].clone();
        for j in (0..i).rev() {
            linear = turned(&rotations[j + 1], &linear);
            angular = plus(&turned(&rotations[j + 1], &angular), &cross(&offsets[j + 1], &linear));
            matrix[i][j] = angular[2].clone();
            matrix[j][i] = angular[2].clone();
        }
    }
    matrix
}
